"""The fingerprint of a space: what changes it, what does not, and which half."""

from pathlib import Path

import pytest

from search_spaces.errors import SpaceError
from search_spaces.fingerprint import space_fingerprint, what_differs
from search_spaces.registry import build_space


def test_it_is_that_of_decisions_and_options() -> None:
    toy = space_fingerprint(build_space("toy"), ())
    assert len(toy) == 64
    assert toy == space_fingerprint(build_space("toy"), ())
    larger = space_fingerprint(build_space("toy", blocks=2), ())
    assert what_differs(toy, larger) == ["decisions or their options"]
    assert what_differs(toy, toy) == []


def test_plugins_count_by_what_is_in_them_and_not_by_where_they_are(tmp_path: Path) -> None:
    here, there, other = (tmp_path / name for name in ("here.py", "there.py", "other.py"))
    here.write_text("a = 1")
    there.write_text("a = 1")
    other.write_text("a = 2")
    space = build_space("toy")
    one = space_fingerprint(space, [str(here)])
    assert one == space_fingerprint(space, [str(there)])
    assert what_differs(one, space_fingerprint(space, [str(other)])) == ["plugin files"]
    both = space_fingerprint(space, [str(here), str(other)])
    assert both == space_fingerprint(space, [str(other), str(there)])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpaceError, match=r"gone.py: expected a Python file, got: No such file"):
        space_fingerprint(build_space("toy"), [str(tmp_path / "gone.py")])
