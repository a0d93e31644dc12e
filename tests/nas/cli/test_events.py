"""What is said of an event, and how fast a search goes."""

from dataclasses import replace

import pytest

from nas.cli.events import Pace, event_line
from nas.search import EventKind, Progress, SearchEvent
from nas.trial import Trial, TrialState
from search_spaces.architecture import Architecture
from workers.job import FailureKind

TRIAL = Trial(
    trial_id=1,
    search_id=1,
    number=12,
    architecture=Architecture("toy", (0,)),
    canonical_key="key",
    seed=0,
    state=TrialState.COMPLETED,
    asked_event=1,
    reward=0.931,
    validation_accuracy=0.931,
    parameters=41_234,
    train_seconds=3.21,
)
BEST = replace(TRIAL, number=7, reward=0.942, validation_accuracy=0.942)
PROGRESS = Progress(
    trial_budget=40,
    time_budget_seconds=None,
    completed=10,
    failed=2,
    running=2,
    best=BEST,
    entropy=None,
    spent_seconds=133,
)
FAILED = replace(
    TRIAL,
    state=TrialState.FAILED,
    failure=FailureKind.DIVERGED,
    error_text="Traceback ...\nDivergedError: loss is nan\n",
)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            SearchEvent(EventKind.FINISHED, PROGRESS, TRIAL),
            "trial 12 done: 93.1 % (best training 94.2 %), 41.2 k parameters, 3.2 s",
        ),
        (
            SearchEvent(EventKind.FINISHED, PROGRESS, replace(TRIAL, latency_ms=0.5)),
            "trial 12 done: 93.1 % (best training 94.2 %), 41.2 k parameters, 0.500 ms, 3.2 s",
        ),
        (
            SearchEvent(
                EventKind.FINISHED,
                replace(PROGRESS, best=replace(BEST, reward=0.9)),
                replace(TRIAL, reward=-41_234.0),
            ),
            "trial 12 done: reward -41234, 93.1 % (best training reward 0.9, 94.2 %), 41.2 k parameters, 3.2 s",
        ),
        (
            SearchEvent(EventKind.FINISHED, replace(PROGRESS, best=None), TRIAL),
            "trial 12 done: 93.1 %, 41.2 k parameters, 3.2 s",
        ),
        (
            SearchEvent(EventKind.FINISHED, PROGRESS, FAILED),
            "trial 12 failed (diverged): DivergedError: loss is nan",
        ),
        (
            SearchEvent(EventKind.FINISHED, PROGRESS, replace(FAILED, error_text="")),
            "trial 12 failed (diverged): no reason given",
        ),
        (
            SearchEvent(EventKind.REQUEUED, PROGRESS, TRIAL, "worker lost: ActorDiedError"),
            "trial 12 waits again, worker lost: ActorDiedError",
        ),
        (
            SearchEvent(EventKind.RESUMED, PROGRESS, note="28 to go (event 84, seed 7)"),
            "resumed: 10 done, 2 failed, 28 to go (event 84, seed 7)",
        ),
        (
            SearchEvent(EventKind.RESUMED, replace(PROGRESS, failed=0), note="30 to go (event 84, seed 7)"),
            "resumed: 10 done, 30 to go (event 84, seed 7)",
        ),
        (
            SearchEvent(EventKind.NOTED, PROGRESS, note="somebody asks the search to stop"),
            "somebody asks the search to stop",
        ),
        (SearchEvent(EventKind.ENDED, PROGRESS), "ended: 10 trials done, 2 failed, 2 m 13 s"),
        (
            SearchEvent(EventKind.ENDED, PROGRESS, note="nothing is left"),
            "ended: 10 trials done, 2 failed, 2 m 13 s; nothing is left",
        ),
        (SearchEvent(EventKind.STARTED, PROGRESS, TRIAL), None),
    ],
)
def test_the_line_of_an_event(event: SearchEvent, line: str | None) -> None:
    assert event_line(event) == line


def test_the_pace_counts_from_the_first_look_on() -> None:
    pace = Pace(PROGRESS, replace(PROGRESS, completed=16, spent_seconds=133 + 30))
    assert pace.trials_per_minute == pytest.approx(12)
    assert pace.seconds_left == pytest.approx((40 - 18) / 12 * 60)


def test_the_pace_is_unknown_before_the_first_trial_ends() -> None:
    pace = Pace(PROGRESS, replace(PROGRESS, spent_seconds=150))
    assert pace.trials_per_minute is None
    assert pace.seconds_left is None


@pytest.mark.parametrize(("limit", "left"), [(200.0, 37.0), (1000.0, 110.0), (100.0, 0.0)])
def test_the_budget_that_is_spent_first_decides(limit: float, left: float) -> None:
    first = replace(PROGRESS, time_budget_seconds=limit)
    last = replace(first, completed=16, spent_seconds=163.0)
    assert Pace(first, last).seconds_left == pytest.approx(left)


def test_with_time_alone_the_rest_of_it_is_left() -> None:
    first = replace(PROGRESS, trial_budget=None, time_budget_seconds=200.0)
    assert Pace(first, first).seconds_left == pytest.approx(67.0)
