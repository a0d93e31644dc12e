"""Pace, cost and end of a search, on clocks that are written down."""

from typing import Any

import pytest

from nas.config import SearchConfig
from nas.storage.records import SearchState
from nas.web.view.forecast import RECENT
from tests.nas.web.view.rows import failed, row, running, view_of

NOW = 5000.0


def timed(number: int, began: float, over: float) -> Any:
    return row(number, started_at=began, finished_at=over, train_seconds=over - began)


def test_the_end_by_trials() -> None:
    trials = [row(0), failed(1), row(2), row(3), running(4)]  # ten seconds each, one after the other
    found = view_of(trials, trial_budget=10).forecast(NOW)
    assert (found.ended, found.remaining_trials, found.recent_trials) == (4, 6, 4)
    assert found.trials_per_hour == pytest.approx(360)
    assert found.remaining_seconds == pytest.approx(60)
    assert found.ends_at == pytest.approx(NOW + 60)
    assert (found.limited_by, found.reason) == (
        "trials",
        "By the pace of the last 4 trials and the budget of trials.",
    )
    assert found.train_seconds == 8.0 * 5
    assert found.worker_hours == pytest.approx(40 / 3600)
    assert found.gpu_hours is None


def test_the_end_by_time_where_that_comes_first() -> None:
    fields = {
        "trial_budget": 10,
        "time_budget_seconds": 100.0,
        "spent_seconds": 70.0,
        "lease_age_seconds": 5.0,
    }
    found = view_of([row(number) for number in range(4)], **fields).forecast(NOW)
    assert found.spent_seconds == 75.0
    assert (found.remaining_seconds, found.limited_by) == (25.0, "time")


def test_the_time_after_a_driver_went_is_no_cost() -> None:
    fields = {"spent_seconds": 70.0, "lease_age_seconds": 3600.0}
    assert view_of([row(0)], **fields).forecast(NOW).spent_seconds == 70.0


def test_workers_side_by_side_make_it_faster() -> None:
    trials = [timed(number, 0.0, 10.0) for number in range(8)]
    assert view_of(trials).forecast(NOW).trials_per_hour == pytest.approx(8 * 360)


def test_a_pause_does_not_make_it_slower() -> None:
    trials = [timed(number, start, start + 10.0) for number, start in enumerate([0.0, 10.0, 9000.0, 9010.0])]
    assert view_of(trials).forecast(NOW).trials_per_hour == pytest.approx(360)


def test_the_pace_is_that_of_late() -> None:
    slow = [timed(number, 100.0 * number, 100.0 * number + 100.0) for number in range(50)]
    fast = [timed(50 + number, 5000.0 + number, 5001.0 + number) for number in range(RECENT)]
    found = view_of([*slow, *fast]).forecast(NOW)
    assert found.trials_per_hour == pytest.approx(3600)
    assert found.recent_trials == RECENT


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": SearchState.CREATED}, "It has not begun."),
        ({"state": SearchState.PAUSED}, "It is paused"),
        ({"state": SearchState.COMPLETED}, "It is completed."),
        ({"state": SearchState.FAILED}, "It failed"),
        ({"held": True}, "It is held"),
        ({"lease_age_seconds": 3600.0}, "Its driver is gone"),
        ({"trial_budget": None}, "It has no budget"),
    ],
    ids=str,
)
def test_where_no_end_can_be_told_it_says_why(fields: dict[str, Any], words: str) -> None:
    found = view_of([row(number) for number in range(4)], **fields).forecast(NOW)
    assert found.reason.startswith(words)
    assert (found.ends_at, found.remaining_seconds, found.limited_by) == (None, None, None)
    assert found.trials_per_hour == pytest.approx(360)


def test_too_few_trials_have_no_pace() -> None:
    found = view_of([row(0), row(1)]).forecast(NOW)
    assert (found.trials_per_hour, found.ends_at) == (None, None)
    assert found.reason == "2 trials have ended; a pace can be told from 3 on."


def test_a_budget_of_time_needs_no_pace() -> None:
    found = view_of([row(0)], time_budget_seconds=100.0, spent_seconds=40.0).forecast(NOW)
    assert (found.remaining_seconds, found.limited_by) == (60.0, "time")
    assert found.reason == "By the budget of time."


def test_a_share_of_a_gpu_costs_that_share() -> None:
    config = SearchConfig.model_validate({"workers": {"gpus_per_worker": 0.5}}).stored()
    found = view_of([row(number, train_seconds=3600.0) for number in range(4)], config=config).forecast(NOW)
    assert (found.worker_hours, found.gpu_hours) == (4.0, 2.0)


def test_a_budget_used_up_leaves_nothing() -> None:
    found = view_of([row(number) for number in range(5)], trial_budget=3).forecast(NOW)
    assert (found.remaining_trials, found.remaining_seconds) == (0, 0.0)
