"""Files that an option names: found out before the work whether they can be written, and nothing left behind."""

from pathlib import Path

import click
import pytest

from nas.cli.files import check_suffix, check_writable, write_text


def test_a_check_leaves_everything_as_it_is(tmp_path: Path) -> None:
    new, old, dangling = tmp_path / "new", tmp_path / "old", tmp_path / "dangling"
    old.write_text("kept")
    dangling.symlink_to(tmp_path / "elsewhere")
    for path in (new, old, dangling):
        check_writable(path, "--plot")
    assert not new.exists()
    assert old.read_text() == "kept"
    assert dangling.is_symlink()


@pytest.mark.parametrize(("name", "reason"), [("no/plot.svg", "No such file"), (".", "Is a directory")])
def test_both_refuse_the_same(name: str, reason: str, tmp_path: Path) -> None:
    for refuses in (lambda path: check_writable(path, "--plot"), lambda path: write_text(path, "", "--plot")):
        with pytest.raises(click.UsageError, match=f"--plot: expected a file that can be written.*{reason}"):
            refuses(tmp_path / name)


def test_a_picture_is_called_what_it_is() -> None:
    for name in ("plot.svg", "a.b/Plot.SVG"):
        check_suffix(Path(name), ".svg", "--plot")
    for name in ("-", "plot.png", "plot", ".svg"):
        with pytest.raises(click.UsageError, match=r"--plot: expected a file whose name ends in \.svg, got"):
            check_suffix(Path(name), ".svg", "--plot")
