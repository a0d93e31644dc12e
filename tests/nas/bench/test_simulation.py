"""A simulated search, step by step on tables small enough to follow by hand."""

from math import isnan
from random import Random
from statistics import fmean

import numpy as np
import pytest

from nas.bench.landscape import Landscape
from nas.bench.problem import Problem
from nas.bench.simulation import simulate
from nas.bench.table import Columns
from nas.bench.tabular import open_table
from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING
from nas.strategies.registry import build_strategy
from nas.trial import Feedback, Proposal
from tests.nas.bench.tables import cells, write_table
from workers.job import FailureKind

NAN = float("nan")
SIX = {
    "arch_str": [f"{a},{b}" for a in range(2) for b in range(3)],
    "val": [50.0, 70.0, NAN, 60.0, 90.0, 80.0],
    "test": [5.0, 9.0, 1.0, 6.0, 7.0, 8.0],
    "seconds": [10.0, 5.0, 5.0, 30.0, 5.0, 5.0],
}


class Scripted(Strategy):
    """Proposes all rows in order, or what it is given, and keeps what it is told."""

    name = "scripted"

    def __init__(self, problem: Problem, *architectures) -> None:
        self._rest = iter(architectures or problem.space.enumerate())
        self.asked: list[int] = []
        self.told: list[tuple] = []

    def ask(self, count, accepts=ANYTHING):
        self.asked.append(count)
        return [Proposal(one) for _, one in zip(range(count), self._rest, strict=False)]

    def tell(self, completed, running):
        for trial in completed:
            self.told.append((trial.number, trial.reward, trial.failure, [one.number for one in running]))
        return Feedback((None,) * len(completed))

    def save(self):
        raise NotImplementedError

    restore = save


def table(tmp_path, **columns):
    return open_table(write_table(tmp_path / "six.parquet", SIX), Columns(**columns)).problem(0)


def test_two_workers_on_a_table_with_seconds(tmp_path):
    """Worker one: rows 0 until 10, 3 until 40. Worker two: rows 1 until 5, 2 until 10, 4 until 15, 5 until 20."""
    problem = table(tmp_path, seconds="seconds")
    strategy = Scripted(problem)
    trace = simulate(problem, strategy, trials=6, workers=2)
    assert trace.seconds.tolist() == [5, 10, 10, 15, 20, 40]
    assert trace.compute.tolist() == [5 / 10, 15 / 10, 20 / 10, 25 / 10, 30 / 10, 60 / 10]
    np.testing.assert_array_equal(trace.value, [0.7, 0.5, NAN, 0.9, 0.8, 0.6])
    assert trace.score.tolist() == [9, 9, 9, 7, 7, 7]  # by what the search saw: the test result may fall
    assert trace.ending == ""
    failed = next(one for one in strategy.told if one[0] == 2)
    assert failed[1:3] == (-np.inf, FailureKind.DIVERGED)
    assert [number for number, *_ in strategy.told] == [1, 0, 2, 4, 5, 3]
    assert [running for *_, running in strategy.told] == [[0], [2], [], [3], [3], []]


def test_batches_of_four(tmp_path):
    problem = table(tmp_path, seconds="seconds")
    trace = simulate(problem, Scripted(problem), trials=6, workers=4, in_batches=True)
    assert trace.seconds.tolist() == [1, 1, 1, 1, 2, 2]
    assert trace.compute[-1] == pytest.approx(6)
    assert isnan(trace.value[2])


def test_a_table_without_seconds_comes_in_batches_anyway(tmp_path):
    problem = table(tmp_path)
    trace = simulate(problem, Scripted(problem), trials=5, workers=3)
    assert trace.seconds.tolist() == [1, 1, 1, 2, 2]
    assert trace.compute.tolist() == [1, 2, 3, 4, 5]


def test_a_search_that_begins_with_failures_has_no_score_yet(tmp_path):
    failing = {**SIX, "val": [NAN, NAN, 1.0, 2.0, 3.0, 4.0]}
    problem = open_table(write_table(tmp_path / "t.parquet", failing), Columns()).problem(0)
    trace = simulate(problem, Scripted(problem), trials=4, workers=1)
    np.testing.assert_array_equal(trace.score, [NAN, NAN, 1, 6])


def test_the_whole_table_and_no_row_twice(tmp_path):
    problem = table(tmp_path)
    trace = simulate(problem, build_strategy("random", problem.space, 0), trials=50, workers=8)
    assert len(trace) == 6
    assert trace.score[-1] == problem.best == 7
    assert "were found in all of the space" in trace.ending


class Stuck(Scripted):
    """Has collapsed: it draws the same architecture for ever."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._only = next(self._rest)

    def ask(self, count, accepts=ANYTHING):
        while not accepts.gave_up:
            if accepts(self._only):
                return [Proposal(self._only)]
        return []


def test_a_small_space_is_swept_as_in_a_search(tmp_path):
    problem = table(tmp_path)
    trace = simulate(problem, Stuck(problem), trials=50, workers=1)
    assert len(trace) == 6
    assert "in all of the space" in trace.ending


@pytest.mark.parametrize("name", ["random", "local", "evolution:small", "optuna:tpe"])
def test_a_few_cells_of_many_are_all_found(name, tmp_path):
    columns = {"arch_str": cells(15_000)[::7_000], "val": [1.0, 2.0, 3.0], "test": [3.0, 1.0, 2.0]}
    problem = open_table(write_table(tmp_path / "t.parquet", columns), Columns()).problem(0)
    trace = simulate(problem, build_strategy(name, problem.space, 0), trials=20, workers=2)
    assert sorted(trace.value) == [0.01, 0.02, 0.03]
    assert trace.ending == "no more architectures were found in all of the space"


class Closed(Landscape):
    """Nothing in it may be proposed, and it is too large to be looked through."""

    def is_feasible(self, architecture):
        return False


def test_an_ending_without_limits_speaks_of_none():
    problem = Closed(6, 0)
    trace = simulate(problem, build_strategy("random", problem.space, 0), trials=1, workers=1)
    assert trace.ending == "the last 50,000 drawn did not belong to the benchmark"


def test_repeats_are_trainings_of_their_own_and_the_mean_chooses():
    problem = Landscape(6, 0)
    drawn = [problem.space.random(Random(seed)) for seed in range(40)]
    worked = [one for one in drawn if problem.train(one).value is not None][:8]
    strategy = Scripted(problem, *worked)
    trace = simulate(problem, strategy, trials=3 * len(worked), workers=1, repeats=3)
    values = [[problem.train(one, repeat).value for repeat in range(3)] for one in worked]
    assert trace.value.tolist() == [value for three in values for value in three]
    assert [reward for _, reward, *_ in strategy.told] == pytest.approx([fmean(three) for three in values])
    best = max(range(len(worked)), key=lambda index: fmean(values[index]))
    assert trace.score[-1] == problem.score(worked[best])
    assert trace.score[2] == trace.score[4] == problem.score(worked[0])  # the second has had two of its three


def test_the_same_seed_gives_the_same_search_and_another_another():
    problem = Landscape(6, 0)

    def searched(seed):
        strategy = build_strategy("reinforce", problem.space, seed)
        return simulate(problem, strategy, trials=40, workers=8)

    first, again, other = searched(0), searched(0), searched(1)
    for name in ("seconds", "compute", "value", "score"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.value, other.value, equal_nan=True)
    assert np.all(np.diff(first.seconds) >= 0)
    assert np.all(np.diff(first.strategy_seconds) >= 0)


def test_failures_of_a_landscape_count_and_cost():
    problem = Landscape(20, 0)
    trace = simulate(problem, build_strategy("random", problem.space, 0), trials=200, workers=8)
    failed = np.isnan(trace.value)
    assert 20 < failed.sum() < 80
    assert np.all(np.diff(trace.compute, prepend=0)[failed] > 0)
    assert trace.compute[-1] == pytest.approx(200, rel=0.15)
    assert trace.score[-1] < trace.score[~np.isnan(trace.score)][0]
