"""Tests of who may be the parent of a trial, against evolutions that are watched while they breed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from nas.storage.open import open_storage
from nas.storage.records import TrialSummary
from nas.strategies.mutation import mutated
from nas.trial import TrialState
from nas.web.pages.lineage import find_parents, population_of, relatives
from search_spaces.architecture import Architecture
from search_spaces.spaces.toy import ToySpace
from tests.nas.web.searches import drive


def summary(number: int, tokens: Sequence[int], reward: float | None = 0.5) -> TrialSummary:
    architecture = Architecture("toy", tuple(tokens)).to_json()
    return TrialSummary(
        number, TrialState.COMPLETED, architecture, "0" * 32, "strategy", 0, reward, None, None, None, None,
        0.0, None, 1, "", None, None, 1, 0.0, None, None,
    )  # fmt: skip


def test_relatives_differ_in_exactly_one_decision() -> None:
    others = [summary(0, (1, 2, 3)), summary(1, (1, 2, 4)), summary(2, (0, 2, 4)), summary(3, (1, 2))]
    (found,) = relatives(Architecture("toy", (1, 2, 3)), others)
    assert (found.number, found.position, found.token) == (1, 2, 4)


def test_the_best_relative_stands_first_and_those_without_reward_last() -> None:
    others = [
        summary(0, (1, 1), None),
        summary(1, (1, 2), 0.2),
        summary(2, (1, 3), 0.9),
        summary(3, (1, 4), 0.9),
    ]
    found = relatives(Architecture("toy", (1, 0)), others)
    assert [one.number for one in found] == [2, 3, 1, 0]


def test_the_parent_of_a_mutant_is_among_its_relatives() -> None:
    space, random = ToySpace(blocks=2), Random(3)
    parent = space.random(random)
    for _ in range(20):
        child = mutated(space, parent, random)
        assert [one.number for one in relatives(child, [summary(7, parent.tokens)])] == [7]


@pytest.mark.parametrize(
    ("strategy", "settings", "population"),
    [
        ("evolution", {}, 100),
        ("evolution:small", {}, 30),
        ("evolution:small", {"population": 12}, 12),
        ("reinforce", {}, None),
    ],
)
def test_the_population_is_that_of_the_configuration(
    strategy: str, settings: dict[str, int], population: int | None, searched: str
) -> None:
    with open_storage(searched, read_only=True) as storage:
        record = storage.search("first")
    config = {**record.config, "strategy": {"name": strategy, "settings": settings}}
    assert population_of(replace(record, config=config)) == population


def test_every_bred_trial_of_an_evolution_has_a_possible_parent(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nas.db'}"
    drive(url, "bred", trials=40, strategy_settings={"population": 6, "sample": 3}, evaluate="")
    with open_storage(url, read_only=True) as storage:
        record = storage.search("bred")
        trials = storage.trials(record.search_id, curves=False)
        found = {trial.number: find_parents(storage, record, trial) for trial in trials}
    assert all(found[number] is None for number in range(6))
    bred = [number for number, parents in found.items() if parents]
    assert bred == list(range(6, 40))
    told = {trial.number: trial.told_event for trial in trials}
    asked = {trial.number: trial.asked_event for trial in trials}
    for number in bred:
        for parent in found[number] or ():
            assert (told[parent.number] or 0) < asked[number]


def test_a_trial_of_another_strategy_is_not_bred(searched: str) -> None:
    with open_storage(searched, read_only=True) as storage:
        record = storage.search("second")
        assert find_parents(storage, record, storage.trial(record.search_id, 15)) is None
