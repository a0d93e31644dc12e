"""`nas compare` and `nas export-best`: the end of a search, once with everything and once again with nothing to do."""

import json
import re
from dataclasses import fields
from pathlib import Path
from textwrap import dedent

import pytest

from nas.companions import companion_name, reference_of_no_more_parameters
from nas.config import restore_config
from nas.storage.names import check_name
from nas.storage.open import open_storage
from nas.storage.records import SearchState
from search_spaces.registry import build_space
from search_spaces.spaces.toy import ToySpace
from tests.nas.cli.calling import TINY, Call

WIDE = ("--set", "space.settings.filters=16")
"""So that a hand-designed network has no more parameters."""

BROKEN_SPACE = """
    from dataclasses import dataclass
    from typing import ClassVar

    from search_spaces.graph import GraphBuilder
    from search_spaces.registry import space
    from search_spaces.spaces.toy import ToySpace


    @space
    @dataclass(frozen=True)
    class Broken(ToySpace):
        name: ClassVar[str] = "broken"

        def network(self, architecture, image, classes):
            g = GraphBuilder(image)
            with g.scope("train"):
                x = g.conv(g.image, 1 + sum(architecture.tokens), kernel=1)
                return g.finish(g.classifier(x, classes=classes))
    """
"""Only torch, which has a method `train`, finds fault with its networks."""


@pytest.fixture
def found(call: Call, database: str) -> str:
    """A database with the search "found" of two trials."""
    ended = call("search", "--name", "found", "--db", database, "--trials", 2, *TINY, *WIDE)
    assert ended.code == 0, ended.err
    return database


def test_companions_are_run_under_the_same_recipe_and_tested(call: Call, found: str) -> None:
    ended = call("compare", "found", "--db", found)
    assert ended.code == 0, ended.err
    with open_storage(found, read_only=True) as storage:
        search = storage.search("found")
        random = storage.search(companion_name("found", "random"))
        reference = storage.search(companion_name("found", "reference"))
        best = storage.leaderboard(search.search_id, 1)[0]
        (designed,) = storage.trials(reference.search_id)
        trainings = [storage.trainings(record.search_id) for record in (search, random, reference)]
    assert {search.state, random.state, reference.state} == {SearchState.COMPLETED}
    assert (random.created, random.strategy, random.space) == (2, "random", search.space)
    assert search.config["recipe"] == random.config["recipe"] == reference.config["recipe"]
    assert [len(done) for done in trainings] == [1, 1, 1]
    assert (designed.parameters or 0) <= (best.parameters or 0)
    expected = reference_of_no_more_parameters(best.parameters or 0, (1, 8, 8), 10)
    assert reference.config["space"] == {
        "name": "reference",
        "plugins": [],
        "settings": {"networks": expected},
    }
    for label in ("controller (2)", "random search (2)", "hand-designed network (1)", "points over"):
        assert label in ended.out
    assert "Missing" not in ended.out


def test_what_is_there_is_not_run_again(call: Call, found: str) -> None:
    assert call("compare", "found", "--db", found).code == 0
    again = call("compare", "found", "--db", found, "--json")
    assert (again.code, again.err) == (0, "")
    compared = json.loads(again.out)
    contenders = compared["contenders"]
    assert [contender["label"] for contender in contenders] == [
        "controller (2)", "random search (2)", "hand-designed network (1)",
    ]  # fmt: skip
    for contender in contenders:
        assert contender["test_accuracy_low"] <= contender["test_accuracy"] <= contender["test_accuracy_high"]
    found_accuracy, random_accuracy, _ = [contender["test_accuracy"] for contender in contenders]
    over_random, over_designed = compared["differences"]
    assert over_random["difference"] == pytest.approx(found_accuracy - random_accuracy)
    assert (over_random["over"], over_designed["over"]) == ("random search", "hand-designed network")
    assert (compared["pareto"], compared["against_random"]) == (None, None)


def test_a_network_smaller_than_any_designed_one_is_not_said_to_be_missing_one(
    call: Call, database: str
) -> None:
    assert (
        call("search", "--name", "small", "--db", database, "--trials", 1, *TINY, "--max-params", 500).code
        == 0
    )
    ended = call("compare", "small", "--db", database)
    assert ended.code == 0
    assert "Every hand-designed network has more parameters" in ended.out
    with open_storage(database, read_only=True) as storage:
        assert [record.name for record in storage.searches()] == ["small-random", "small"]
    shown = call("show", "small", "--db", database).out
    assert "Every hand-designed network has more parameters" in shown
    assert "Missing" not in shown


def test_a_search_goes_on_in_the_space_it_began_in_whatever_becomes_of_defaults(
    call: Call, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_storage(found, read_only=True) as storage:
        stored = restore_config(storage.search("found").config, found).space
    began_in = build_space("toy", filters=16)
    assert dict(stored.settings) == dict(began_in.settings)
    narrow = build_space("toy", operations="conv_3x3").operations  # type: ignore[attr-defined]
    defaults = {field.name: field.default for field in fields(ToySpace)} | {"operations": narrow}
    monkeypatch.setattr(ToySpace.__init__, "__defaults__", tuple(defaults.values()))
    assert build_space("toy", filters=16) != began_in
    assert stored.load() == began_in


def test_random_search_keeps_up_with_a_search_that_was_extended(call: Call, found: str) -> None:
    assert call("compare", "found", "--db", found).code == 0
    assert call("search", "--resume", "found", "--db", found, "--trials", 4).code == 0
    ended = call("compare", "found", "--db", found)
    assert ended.code == 0, ended.err
    assert "random search (4)" in ended.out


def test_a_companion_of_a_long_name_has_a_name_of_its_own_that_may_be_stored() -> None:
    assert companion_name("found", "random") == "found-random"
    long = "a" * 79
    names = {companion_name(long + last, kind) for last in "ab" for kind in ("random", "reference")}
    assert len(names) == 4
    assert {len(check_name(name)) for name in names} == {80}


def test_a_search_without_a_result_says_why_and_goes_no_further(
    call: Call, database: str, tmp_path: Path
) -> None:
    file = tmp_path / "broken.py"
    file.write_text(dedent(BROKEN_SPACE))
    ended = call("search", "--name", "broken", "--db", database, "--trials", 2, *TINY, "--space", file)
    assert ended.code == 1
    shown = call("show", "broken", "--db", database)
    assert "broken is completed" in shown.out
    assert "nas show" not in shown.out  # which this is
    fault = "SpaceError: graph part 'train': every torch module has a 'train'"
    assert re.search(f"trial 0 failed .*{fault}", ended.err)
    assert ended.out.startswith("Search broken: 0 trials completed, 2 failed (2 error), ")
    for command in (
        ["compare", "broken"],
        ["export-best", "broken", "-o", tmp_path / "out"],
        ["draw", "broken"],
    ):
        refused = call(*command, "--db", database)
        assert (refused.code, refused.out) == (2, "")
        assert "expected a completed trial, got none of 2" in refused.err
    shown = call("show", "broken", 1, "--db", database)
    assert shown.code == 0
    assert re.search(r"(?m)^failure +error$", shown.out)
    assert fault in shown.out


def test_a_directory_in_use_is_refused_before_anything_is_trained(
    call: Call, found: str, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    ended = call("export-best", "found", "--db", found, "-o", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "expected a new or empty directory" in ended.err
    with open_storage(found, read_only=True) as storage:
        assert storage.trainings(storage.search("found").search_id) == []


@pytest.mark.slow
def test_the_best_is_trained_once_and_handed_over(call: Call, found: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    ended = call("export-best", "found", "--db", found, "-o", first)
    assert ended.code == 0, ended.err
    assert ended.out.startswith(f"wrote {first}: MODEL_CARD.md, ")
    assert ended.out.count("loaded again: largest difference") == 3
    assert call("export-best", "found", "--db", found, "-o", second).code == 0
    weights = "weights.safetensors"
    assert (first / weights).read_bytes() == (second / weights).read_bytes()
    with open_storage(found, read_only=True) as storage:
        record = storage.search("found")
        (training,) = storage.trainings(record.search_id)
        exports = storage.exports(record.search_id)
    assert f"of {training.test_total} pictures" in ended.out
    assert [export.directory for export in exports] == [str(second), str(first)]
    shown = call("show", "found", "--db", found).out
    assert f"Handed over in {second}" in shown
    assert f"{100 * training.test_correct / training.test_total:.1f} %" in shown
