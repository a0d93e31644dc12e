"""`nas draw`: on the terminal and as a file; cells, whole networks and differences."""

from dataclasses import replace
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from nas.cli.overview import best_trial, trial_outline
from nas.storage.open import open_storage
from search_spaces.drawing.difference import difference
from search_spaces.drawing.svg import draw_svg
from search_spaces.drawing.text import draw_text
from search_spaces.drawing.whole import network_outline
from search_spaces.registry import build_space
from tests.nas.cli.calling import Call

TOY = build_space("toy")


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


def test_draws_what_two_trials_differ_in(call: Call, finished_database: str) -> None:
    with open_storage(finished_database, read_only=True) as storage:
        record = storage.search("tiny")
        one, other = (
            replace(
                trial_outline(record, storage.trial(record.search_id, number), finished_database),
                title=f"trial {number} of tiny",
            )
            for number in (1, 3)
        )
    ended = call("draw", "tiny", 1, "--against", 3, "--db", finished_database)
    assert ended == (0, draw_text(difference(one, other), 80) + "\n", "")
    assert ended.out.startswith("trial 1 of tiny → trial 3 of tiny")


def test_draws_a_search_against_an_architecture(call: Call, finished_database: str, tmp_path: Path) -> None:
    file, other = tmp_path / "both.svg", str(TOY.random(Random(0)))
    ended = call("draw", "tiny", 2, "--against", other, "-o", file, "--db", finished_database)
    assert ended == (0, f"wrote {file}: trial 2 of tiny against {other}\n", "")
    assert "only in the second" in file.read_text()


def test_draws_a_whole_network_for_any_picture(call: Call, database: str) -> None:
    architecture = TOY.random(Random(1))
    ended = call("draw", architecture, "--network", "--input", "1x8x8", "--classes", 3, "--db", database)
    outline = network_outline(TOY.network(architecture, (1, 8, 8), 3), str(architecture))
    assert ended == (0, draw_text(outline, 80) + "\n", "")


def test_draws_a_hand_designed_network(call: Call, database: str) -> None:
    ended = call("draw", "lenet5", "--network", "--db", database)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("lenet5\n61,706 parameters, 416,520 multiply-adds\n")


def test_the_picture_matters_to_whole_networks_only(call: Call, database: str) -> None:
    ended = call("draw", "lenet5", "--input", "3x32x32", "--db", database)
    assert ended.code == 2
    assert "expected only together with --network" in ended.err


def test_what_to_compare_with_may_be_unknown(call: Call, finished_database: str) -> None:
    ended = call("draw", "tiny", "--against", "lenet55", "--db", finished_database)
    assert ended.code == 2
    assert "lenet5" in ended.err


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
