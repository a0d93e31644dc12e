"""Optuna's samplers: what reaches the study, what comes back from it, and that a restore is bit for bit."""

import logging

import optuna
import pytest
from optuna.trial import TrialState

from nas.errors import ConfigError
from nas.strategies.base import Strategy
from nas.strategies.graded import Graded
from nas.strategies.optuna.samplers import find_kind
from nas.strategies.optuna.strategy import OptunaSearch
from nas.strategies.registry import SAMPLERS, build_strategy
from nas.strategies.wrapped import wrapped
from search_spaces.architecture import Architecture
from search_spaces.spaces.cell import CellSpace
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.driver import Driver
from workers.job import FailureKind

SPACE = ToySpace()


def search(sampler: str, seed: int = 0, **settings: int) -> OptunaSearch:
    kind = find_kind(sampler)
    return OptunaSearch(SPACE, seed, kind, kind.settings(**settings))


def study(strategy: OptunaSearch) -> optuna.Study:
    found: optuna.Study = strategy._record.study
    return found


def ones(architecture: Architecture) -> float:
    return sum(architecture.tokens) / 8


def test_the_study_knows_results_failures_and_what_runs() -> None:
    inside = search("tpe")
    kinds = [FailureKind.ERROR, FailureKind.WORKER_LOST]
    driver = Driver(Graded(inside), SPACE, lambda a: kinds[a.tokens[1]] if a.tokens[0] else ones(a))
    driver.ask(12)
    driver.tell(range(10))
    states = [trial.state for trial in study(inside).trials]
    expected = [
        TrialState.RUNNING if one.number > 9 else TrialState.FAIL if one.failure else TrialState.COMPLETE
        for one in driver.trials
    ]
    assert states == expected
    assert len({*states}) == 3
    done = [trial for trial in study(inside).trials if trial.state is TrialState.COMPLETE]
    assert [list(trial.params.values()) for trial in done] == [
        list(one.architecture.tokens) for one in driver.trials if one.reward is not None
    ]
    assert [trial.values for trial in done] == [
        [one.reward] for one in driver.trials if one.reward is not None
    ]


def test_several_objectives_reach_the_sampler_as_they_are() -> None:
    inside = search("nsgaii", population=4)
    driver = Driver(Graded(inside, objectives=2), SPACE, lambda a: (ones(a), -float(a.tokens[0])))
    driver.ask(3)
    assert len(study(inside).directions) == 1
    driver.tell([0, 2])
    assert study(inside).directions == [optuna.study.StudyDirection.MAXIMIZE] * 2
    assert [trial.state.name for trial in study(inside).trials] == ["COMPLETE", "RUNNING", "COMPLETE"]
    assert study(inside).trials[2].values == list(driver.trials[2].objectives)


def test_tpe_looks_for_what_may_be_proposed_among_its_candidates() -> None:
    """Without that, it draws its favourite again and again: each such draw would be a failed trial of the study."""
    inside = search("tpe")
    driver = Driver(wrapped(inside, str), SPACE, ones)
    driver.rounds(14, 4)
    assert driver.best == 1
    drawn = len(study(inside).trials)
    assert drawn < 1.3 * len(driver.trials)


def test_tpe_learns() -> None:
    first, last = 0.0, 0.0
    for seed in range(4):
        driver = Driver(search("tpe", seed), SPACE, ones)
        driver.rounds(10, 4)
        first += sum(ones(trial.architecture) for trial in driver.trials[:8])
        last += sum(ones(trial.architecture) for trial in driver.trials[-8:])
    assert last > 1.2 * first  # measured: 1.35


def test_a_sampler_that_finds_nothing_new_gives_way_to_uniform_draws() -> None:
    inside = search("nsgaii", population=2)
    strategy = wrapped(inside, str)
    driver = Driver(strategy, SPACE, ones)
    driver.rounds(20, 10)
    assert len({trial.architecture for trial in driver.trials}) == 200
    redraws = find_kind("nsgaii").redraws
    assert len(study(inside).trials) <= 200 * (1 + redraws)


def test_the_gaussian_process_is_restored_bit_for_bit() -> None:
    def build(seed: int) -> Strategy:
        return wrapped(build_strategy("optuna:gp", SPACE, seed, startup=4), str)

    live = Driver(build(1), SPACE, ones)
    live.rounds(2, 3)
    live.tell([live.ask(2)[1].number])
    resumed = live.moved_to(build(2))
    for each in (live, resumed):
        each.rounds(1, 2)
    assert resumed.trials == live.trials
    assert resumed.strategy.save() == live.strategy.save()


def test_where_history_and_study_differ_history_is_right() -> None:
    inside = search("tpe")
    live = Driver(inside, SPACE, ones)
    live.ask(3)
    live.tell([0])
    state = live.strategy.save()
    live.rounds(1, 2)
    late = search("tpe", 5)
    late.restore(state, live.trials)
    known = [(trial.state, list(trial.params.values())) for trial in study(late).trials]
    assert known == [(trial.state, list(trial.params.values())) for trial in study(inside).trials]
    early = search("tpe", 5)
    early.restore(live.strategy.save(), live.trials[:2])
    states = [trial.state.name for trial in study(early).trials]
    assert states == ["COMPLETE", "RUNNING", "FAIL", "FAIL", "FAIL"]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_no_sampler_says_anything(sampler: str, caplog: pytest.LogCaptureFixture) -> None:
    """Warnings are errors here; Optuna's log goes to standard error of the user."""
    optuna.logging.enable_propagation()
    try:
        with caplog.at_level(logging.DEBUG):
            driver = Driver(search(sampler), SPACE, ones)
            driver.rounds(3, 2)
    finally:
        optuna.logging.disable_propagation()
    assert [record for record in caplog.records if record.name.startswith("optuna")] == []


def test_optunas_grid_refuses_a_space_that_it_could_not_list() -> None:
    with pytest.raises(ConfigError, match=r"expected a space of at most 100,000 .*, got [\d,]{9,}; use grid"):
        build_strategy("optuna:grid", CellSpace(), 0)
