"""Strategies compared by real searches: what is decided for them, what is kept of them, what an interrupt leaves."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from nas.bench.contestants import read_contestants
from nas.bench.standings import by_compute
from nas.bench.trace import Step, Trace, trace_of
from nas.builders import load_task
from nas.cli import trained_strategies
from nas.cli.compared_searches import search_config
from nas.cli.trained_strategies import MEASURE, Runner, compute_marks
from nas.storage.memory import InMemoryStorage
from nas.storage.open import open_storage
from tests.nas.cli.calling import Call
from workers.job import Job
from workers.simulated_pool import SimulatedPool

TINY = (
    *("bench", "strategies", "--dataset", "digits", "--space", "toy", "--backend", "local"),
    *("--epochs", 1, "--train-images", 100),
)


@pytest.mark.parametrize("spent", [52.6, 0.29, 1.0, 0.0106, 1.58, 12_700.0])
def test_every_search_has_spent_what_they_are_compared_at(spent: float) -> None:
    def trace(seconds: float) -> Trace:
        return trace_of([Step(1, 0.1 * spent, 0.5, 50, 0), Step(2, seconds, 0.6, 60, 0)])

    traces = [[trace(spent)], [trace(2 * spent)]]
    marks = compute_marks(traces)
    assert 0.9 * spent < marks[-1] <= spent
    assert all(mark == float(f"{mark:.2g}") for mark in marks)
    assert all(row[-1] is not None for row in by_compute(traces, marks, MEASURE, 0).rows)


def test_marks_that_have_two_digits_stay_as_they_are() -> None:
    assert compute_marks([[trace_of([Step(1, 0.29, 0.5, 50, 0)])]])[-1] == 0.29
    assert compute_marks([[trace_of([])]]) == (0.0,)


def searched(measure: Callable[[Job], tuple[float, float]], repeats: int, trials: int) -> Trace:
    """The trace of a real search whose trainings are looked up, two at a time."""
    options = {
        "data": {"max_train_images": 100},
        "space": {"name": "toy"},
        "strategy": {"repeats": repeats},
        "database": "sqlite:///none.db",
    }
    config = search_config(options, read_contestants("grid")[0], 0, trials, 0)
    task = load_task(config)
    with SimulatedPool(task.space, measure, slots=2) as pool, InMemoryStorage() as storage:
        return Runner(storage, pool, task, trials, lambda done, total: None).run(config)


def test_a_trial_counts_from_when_the_search_was_told_of_it() -> None:
    values = [0.1, 0.9, 0.2, 0.3]
    taken = iter(values)
    trace = searched(lambda job: (next(taken), 1.0), repeats=1, trials=4)  # two end at the same moment
    assert trace.value.tolist() == values
    assert trace.score.tolist() == pytest.approx([10, 90, 90, 90])


def test_the_mean_of_repeated_trainings_is_scored() -> None:
    taken = iter([0.5, 0.6, 0.9, 0.1])
    trace = searched(lambda job: (next(taken), 1.0), repeats=2, trials=4)
    assert trace.score.tolist() == pytest.approx([50, 55, 55, 55])


def test_options_of_a_search_are_kept_beside_what_the_comparison_decides(call: Call, database: str) -> None:
    ended = call(
        *(*TINY, "--strategies", "evolution[population=3]", "--trials", 2, "--seeds", 1, "--repeats", 2),
        *(
            "--set",
            "budget.time=1000",
            "--set",
            "strategy.settings.sample=2",
            "--db",
            database,
            "--json",
            "-",
        ),
    )
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["repeats"] == 2
    with open_storage(database, read_only=True) as storage:
        config = storage.searches()[0].config
    assert config["budget"] == {"trials": 2, "time": 1000}
    assert config["strategy"] == {
        "name": "evolution",
        "settings": {"population": "3", "sample": 2},
        "repeats": 2,
    }
    assert (
        len(
            json.loads(
                call("leaderboard", "bench-0-evolution-population-3-seed0", "--db", database, "--json").out
            )
        )
        == 1
    )


def test_a_search_that_runs_out_of_time_says_so(call: Call) -> None:
    ended = call(*TINY, "--strategies", "random", "--trials", 50, "--seeds", 1, "--set", "budget.time=0.0001")
    assert ended.code == 0, ended.err
    assert "random: 1 of 1 searches ended early: the budget of time was used up." in ended.out


def test_the_record_of_a_search_without_a_trial(call: Call) -> None:
    limit = ("--set", "budget.time=0.0001")
    ended = call(*TINY, "--strategies", "random", "--trials", 50, "--seeds", 1, *limit, "--json", "-")
    (record,) = json.loads(ended.out)["strategies"]
    assert (record["failed_share"], record["mean_milliseconds"]) == (None, None)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "name=mine",
            "--set name: expected to be left out of a comparison, got 'mine'; each search is called",
        ),
        (
            "seed=0",
            "--set seed: expected to be left out of a comparison, got 0; --seeds and --first-seed say",
        ),
        ("strategy.name=grid", "--set strategy.name: expected to be left out of a comparison, got 'grid';"),
        (
            "budget.trials=3",
            "--set budget.trials: expected to be left out of a comparison, got 3; --trials says",
        ),
        ("strategy=grid", "'strategy' was set to 'grid'"),
    ],
)
def test_what_the_comparison_decides_is_not_to_be_set(setting: str, message: str, call: Call) -> None:
    ended = call(*TINY, "--set", setting)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_an_interrupt_leaves_the_seeds_that_are_finished(
    call: Call, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def interrupted(_: str) -> Iterator[Callable[[int, int], None]]:
        """Ctrl-C while the second seed is compared."""

        def report(done: int, total: int) -> None:
            assert total == 8
            if done == 5:
                raise KeyboardInterrupt

        yield report

    arguments = (*TINY, "--strategies", "random,grid", "--trials", 2, "--seeds", 2, "--db", database)
    with monkeypatch.context() as patch:
        patch.setattr(trained_strategies, "progress", interrupted)
        ended = call(*arguments, "--json", "-")
    assert ended.code == 130
    assert "1 of 2 seeds were finished by every strategy" in ended.err
    record = json.loads(ended.out)
    assert record["seeds"] == [0]
    assert [len(one["by_trials"][-1]["scores"]) for one in record["strategies"]] == [1, 1]

    again = call(*arguments)
    assert (again.code, again.out) == (2, "")
    assert "--db: expected a database without the searches of this comparison, got 3 of 4 in" in again.err
    assert "such as 'bench-0-random-seed0'; name another database, or leave --db out" in again.err
