"""`nas init`."""

from pathlib import Path

import pytest

from nas.cli.template import config_template
from tests.nas.cli.calling import Call


def test_writes_search_toml_here_by_default(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init") == (0, "wrote search.toml; next: nas search search.toml\n", "")
    assert Path("search.toml").read_text() == config_template()


def test_never_overwrites(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("seed = 3")
    ended = call("init", file)
    assert ended.code == 2
    assert ended.err.startswith(f"error: {file}: expected no such file, got one")
    assert file.read_text() == "seed = 3"


def test_says_where_it_cannot_write(call: Call, tmp_path: Path) -> None:
    ended = call("init", tmp_path / "missing" / "search.toml")
    assert (ended.code, ended.out) == (2, "")
    assert "No such file or directory" in ended.err
