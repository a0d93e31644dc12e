"""Directories that networks are handed over into: right below the root, each for one alone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nas.errors import ExportTargetError
from nas.web.queue.targets import make_root, make_target


def test_they_are_called_by_search_and_trial(tmp_path: Path) -> None:
    root = tmp_path / "deep" / "exports"
    names = [
        make_target(root, *which).name for which in (("a", 3), ("a", 3), ("a", None), ("a", 3), ("b.c", 3))
    ]
    assert names == ["a-3", "a-3-2", "a-best", "a-3-3", "b.c-3"]
    assert {path.stat().st_mode & 0o777 for path in (root, *root.iterdir())} == {0o700}


def test_a_root_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert make_root(tmp_path) == tmp_path.resolve()
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_no_two_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: make_target(tmp_path, "a", 1), range(40)))
    assert len(set(made)) == 40


@pytest.mark.parametrize("name", ["..", "../a", "a/../../b", "/etc/a", ".queue/a", ".a", "a/b"])
def test_none_is_anywhere_else(name: str, tmp_path: Path) -> None:
    root = tmp_path / "exports"
    with pytest.raises(ExportTargetError, match="would leave the directory of exports"):
        make_target(root, name, 1)
    assert [path.name for path in tmp_path.rglob("*")] == ["exports"]


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "exports", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (root / "a-1").symlink_to(elsewhere)
    assert make_target(root, "a", 1) == root / "a-1-2"


@pytest.mark.parametrize("number", [1, None])
def test_a_root_that_cannot_be_made(number: int | None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportTargetError, match="expected one that can be made, got: Not a directory"):
        make_target(tmp_path / "file" / "exports", "a", number)
