"""What the loop makes of outcomes: objectives stored and told, slow networks, the end of a space in words."""

from collections.abc import Callable

import pytest

from nas.errors import ConfigError, SearchFailedError
from nas.objectives import parse_objectives
from nas.rewards import Judge
from nas.search import Search, SearchEvent, streaks
from nas.search.seeds import training_seed
from nas.search.streaks import FAILURES_IN_A_ROW
from nas.storage.records import SearchState
from nas.strategies.registry import build_strategy
from nas.strategies.wrapped import wrapped
from nas.trial import Trial, TrialState
from tests.nas.search import conftest
from tests.nas.search.conftest import GONE, SPACE, Harness, measure
from workers.data.images import ImageData
from workers.job import FailureKind, Job, Outcome, Recipe, Timing
from workers.local_pool import LocalPool
from workers.pool import Report, ignore

TRADE = Judge(parse_objectives(["accuracy", "-params", "-latency"]))


def evaluate(job: Job, space: object, data: object, device: str, report: Report = ignore) -> Outcome:
    """Accuracy, parameters and latency that the architecture alone decides; slower ones than allowed fail."""
    accuracy, seconds = measure(job.architecture)
    if job.timing and seconds > job.timing.limit_ms:
        return Outcome(job.job_id, failure=FailureKind.OVER_LIMIT, error_text="slow", latency_ms=seconds)
    latency_ms = seconds if job.timing else None
    return Outcome(job.job_id, accuracy, parameters=1 + sum(job.architecture.tokens), latency_ms=latency_ms)


def run(
    harness: Harness,
    judge: Judge,
    timing: Timing | None = None,
    stop: Callable[[SearchEvent], bool] = lambda event: False,
    repeats: int = 1,
) -> list[Trial]:
    def watch(event: SearchEvent) -> None:
        harness.events.append(event)
        if stop(event):
            search.stop()

    storage = harness.storage
    search_id = storage.search(harness.name).search_id
    lease = storage.acquire(search_id, GONE, seconds=30)
    data: ImageData = None  # type: ignore[assignment]
    with LocalPool(SPACE, data, evaluate) as pool:
        search = Search(
            storage=storage,
            lease=lease,
            record=storage.search(harness.name),
            space=SPACE,
            strategy=wrapped(
                build_strategy(harness.strategy_name, SPACE, 7), SPACE.canonical_key, repeats=repeats
            ),
            pool=pool,
            recipe=Recipe(),
            watch=watch,
            judge=judge,
            timing=timing,
        )
        search.run()
    return harness.trial_list()


def test_objectives_are_stored_in_the_direction_of_more_and_the_first_is_the_reward() -> None:
    harness = Harness(strategy_name="random", trials=6).create()
    trials = run(harness, TRADE, Timing())
    for trial in trials:
        accuracy, seconds = measure(trial.architecture)
        assert trial.values == trial.objectives == (accuracy, -1.0 - sum(trial.architecture.tokens), -seconds)
        assert (trial.reward, trial.latency_ms) == (accuracy, seconds)
    best = harness.storage.search("s").best_number
    assert best is not None
    assert trials[best].reward == max(trial.reward or 0.0 for trial in trials)


def test_one_objective_is_the_reward_alone_even_a_negative_one() -> None:
    harness = Harness(strategy_name="random", trials=6).create()
    trials = run(harness, Judge(parse_objectives(["-params"])))
    assert all(trial.objectives == () and trial.values == (trial.reward,) for trial in trials)
    last = harness.events[-1].progress
    assert last.best is not None
    assert last.best.reward == max(trial.reward for trial in trials if trial.reward is not None) < 0


def test_a_measure_that_is_lacking_ends_the_search_and_says_which() -> None:
    harness = Harness(strategy_name="random", trials=6).create()
    with pytest.raises(ConfigError, match="expected latency of outcome of trial 1, which was not measured"):
        run(harness, TRADE)
    record = harness.storage.search("s")
    assert (record.state, record.completed) == (SearchState.PAUSED, 0)
    assert "latency" in record.error_text


def test_slow_networks_fail_as_such_and_are_no_sign_of_a_fault() -> None:
    harness = Harness(strategy_name="random", trials=40).create()
    trials = run(harness, Judge(), Timing(limit_ms=1.5))
    failed = [trial for trial in trials if trial.state is TrialState.FAILED]
    assert len(failed) > 2 * FAILURES_IN_A_ROW
    assert {trial.failure for trial in failed} == {FailureKind.OVER_LIMIT}
    assert harness.storage.search("s").state is SearchState.COMPLETED
    assert all(trial.latency_ms > 1.5 for trial in failed if trial.latency_ms is not None)
    assert harness.storage.failures(1) == {FailureKind.OVER_LIMIT: len(failed)}


def test_the_failure_that_is_blamed_is_the_last_one_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "measure", lambda architecture: (0.5, 1.0))  # all end at once
    failures = {**dict.fromkeys(range(1, 9), FailureKind.ERROR), 9: FailureKind.OVER_LIMIT}
    harness = Harness(strategy_name="random", slots=9, failures=failures).create()
    with pytest.raises(SearchFailedError, match=r"the last 8 trials failed, .* job 8 .*; see `nas show s 7`"):
        harness.run()


def test_where_all_are_too_slow_the_search_ends_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaks, "SLOW_IN_A_ROW", 30)
    harness = Harness(strategy_name="random", trials=None, seconds=1e6).create()
    trials = run(harness, Judge(), Timing(limit_ms=0.5))
    assert len(trials) == 30
    ending = harness.events[-1].note
    assert ending == "space exhausted after 30 architectures: the last 30 were over the limit on latency"
    assert harness.storage.search("s").error_text == ending
    assert len(run(harness, Judge(), Timing(limit_ms=0.5))) == 30  # gone on with, it is at its end still


def test_slow_networks_in_a_row_are_counted_over_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaks, "SLOW_IN_A_ROW", 30)
    harness = Harness(strategy_name="random", trials=None, seconds=1e6).create()
    timing = Timing(limit_ms=0.5)
    assert len(run(harness, Judge(), timing, stop=lambda event: event.progress.finished == 20)) == 20
    assert len(run(harness, Judge(), timing)) == 30
    ending = "space exhausted after 30 architectures: the last 30 were over the limit on latency"
    assert harness.events[-1].note == ending


def test_a_slow_network_counts_once_however_often_it_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaks, "SLOW_IN_A_ROW", 10)
    harness = Harness(strategy_name="random", trials=None, seconds=1e6).create()
    stopped = run(
        harness, Judge(), Timing(limit_ms=0.5), lambda event: event.progress.finished == 4, repeats=3
    )
    assert len(stopped) == 4
    trials = run(harness, Judge(), Timing(limit_ms=0.5), repeats=3)
    assert len({trial.canonical_key for trial in trials}) == len(trials) == 10  # never tried again
    ending = "space exhausted after 10 architectures: the last 10 were over the limit on latency"
    assert harness.events[-1].note == ending


@pytest.mark.parametrize(
    ("strategy", "reason"),
    [
        ("grid", "there are no more architectures to propose"),
        ("random", "the last 1,000 drawn had been proposed before, or are equal to such"),
    ],
)
def test_a_space_that_ends_is_said_to_with_the_number_of_architectures(strategy: str, reason: str) -> None:
    harness = Harness(strategy_name=strategy, trials=None, seconds=1e6).create()
    trials = run(harness, Judge())
    assert harness.events[-1].note == f"space exhausted after {len(trials)} architectures: {reason}"
    assert harness.storage.search("s").error_text == harness.events[-1].note


def test_stopped_and_resumed_judges_alike() -> None:
    undisturbed = run(Harness(trials=12).create(), TRADE, Timing())
    harness = Harness(trials=12).create()
    stopped = run(harness, TRADE, Timing(), stop=lambda event: event.progress.finished == 5)
    assert len(stopped) < 12
    resumed = run(harness, TRADE, Timing())
    assert [(t.architecture, t.seed, t.objectives, t.baseline) for t in resumed] == [
        (t.architecture, t.seed, t.objectives, t.baseline) for t in undisturbed
    ]


def test_what_was_running_then_had_no_result_yet() -> None:
    trials = run(Harness(strategy_name="random", trials=3).create(), TRADE, Timing())
    assert trials[1].told_event is not None
    running = trials[1].as_running()
    assert (running.state, running.values, running.told_event) == (TrialState.RUNNING, (), None)
    assert (running.latency_ms, running.parameters, running.finished_at) == (None, None, None)
    assert (running.number, running.seed, running.attempts) == (1, trials[1].seed, 1)


def test_repeats_have_seeds_of_their_own_and_the_first_the_one_it_always_had() -> None:
    assert training_seed(3, "key", 0) == training_seed(3, "key") == 597_791_570
    assert len({training_seed(3, "key", repeat) for repeat in range(5)}) == 5
