"""`nas draw`: on the terminal and as a file."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from nas.cli.overview import best_trial, trial_outline
from nas.storage.open import open_storage
from search_spaces.drawing.svg import draw_svg
from search_spaces.drawing.text import draw_text
from tests.nas.cli.calling import Call


def test_draws_the_best_on_the_terminal(call: Call, finished_database: str) -> None:
    with open_storage(finished_database, read_only=True) as storage:
        record = storage.search("tiny")
        outline = trial_outline(record, best_trial(storage, record), finished_database)
    assert call("draw", "tiny", "--db", finished_database) == (0, draw_text(outline, 80) + "\n", "")


def test_draws_another_trial_as_svg(call: Call, finished_database: str, tmp_path: Path) -> None:
    file = tmp_path / "cell.svg"
    ended = call("draw", "tiny", 3, "-o", file, "--db", finished_database)
    assert ended == (0, f"wrote {file}: trial 3 of tiny\n", "")
    with open_storage(finished_database, read_only=True) as storage:
        record = storage.search("tiny")
        outline = trial_outline(record, storage.trial(record.search_id, 3), finished_database)
    assert file.read_text() == draw_svg(outline)
    assert ElementTree.parse(file).getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("cell.png", "a name that ends in .svg"), ("no/cell.svg", "No such file or directory")],
)
def test_files_that_cannot_be_drawn_to(
    name: str, expected: str, call: Call, finished_database: str, tmp_path: Path
) -> None:
    ended = call("draw", "tiny", "-o", tmp_path / name, "--db", finished_database)
    assert ended.code == 2
    assert expected in ended.err
    assert name in ended.err
