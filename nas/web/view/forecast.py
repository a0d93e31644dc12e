"""What a search has cost, and when it ends: by the pace of its last trials and whichever budget is used up first."""

import numpy as np

from nas.search.driven import is_driven
from nas.storage.records import SearchRecord, SearchState
from nas.web.view.answers import Forecast
from nas.web.view.columns import Columns, Floats

RECENT = 100
"""Trials that the pace is taken from."""
LEAST = 3
HOUR = 3600.0
NOT_DRIVEN = {
    SearchState.CREATED: "It has not begun.",
    SearchState.PAUSED: "It is paused, and ends when somebody resumes it.",
    SearchState.COMPLETED: "It is completed.",
    SearchState.FAILED: "It failed, and ends when somebody resumes it.",
}
GONE = "Its driver is gone, and it ends when somebody resumes it."


def forecast(record: SearchRecord, columns: Columns, gpus_per_worker: float, now: float) -> Forecast:
    """Returns the forecast at the moment `now`, in UTC epoch seconds."""
    pace, recent = trials_per_second(columns)
    ended = int(np.count_nonzero(columns.is_final))
    train_seconds = float(np.nansum(columns.values["train_seconds"]))
    trials_left = None if record.trial_budget is None else max(record.trial_budget - ended, 0)
    since = (
        record.lease_age_seconds if is_driven(record) else None
    )  # nobody is there to spend what went by since
    spent = record.spent_seconds + (since or 0.0)
    by_trials = None if trials_left is None or pace is None else trials_left / pace
    by_time = None if record.time_budget_seconds is None else max(record.time_budget_seconds - spent, 0.0)
    limited_by, seconds = _first(by_trials, by_time)
    reason = why_none(record, pace, recent)
    if reason is not None or seconds is None or limited_by is None:
        limited_by = seconds = None
    return Forecast(
        trials_per_hour=None if pace is None else pace * HOUR,
        recent_trials=recent,
        spent_seconds=spent,
        train_seconds=train_seconds,
        worker_hours=train_seconds / HOUR,
        gpu_hours=train_seconds / HOUR * gpus_per_worker if gpus_per_worker > 0 else None,
        ended=ended,
        trial_budget=record.trial_budget,
        time_budget_seconds=record.time_budget_seconds,
        remaining_trials=trials_left,
        remaining_seconds=seconds,
        ends_at=None if seconds is None else now + seconds,
        limited_by=limited_by,
        reason=reason or _ground(limited_by, recent),
    )


def trials_per_second(columns: Columns) -> tuple[float | None, int]:
    """Returns the pace of the last trials, and how many these are; None where there are too few.

    Counted is the time in which at least one of them was in training: a pause does not make a search slow.
    """
    began, over = columns.values["started_at"], columns.values["finished_at"]
    rows = np.flatnonzero(columns.is_final & ~(np.isnan(began) | np.isnan(over)))
    rows = rows[np.argsort(over[rows], kind="stable")]
    recent = rows[-RECENT:]
    began, over = began[recent], over[recent]
    if len(recent) < LEAST:
        return None, len(recent)
    if len(rows) > RECENT:  # what they did while the one before them was in training, is part of its time
        began = np.maximum(began, columns.values["finished_at"][rows[-RECENT - 1]])
    busy = _covered(began, over)
    return (len(recent) / busy, len(recent)) if busy > 0 else (None, len(recent))


def _covered(begins: Floats, ends: Floats) -> float:
    """Returns how long at least one of the intervals lasts."""
    order = np.argsort(begins, kind="stable")
    begins, ends = begins[order], ends[order]
    reached = np.maximum.accumulate(np.concatenate([begins[:1], ends[:-1]]))
    return float(np.maximum(ends - np.maximum(begins, reached), 0.0).sum())


def why_none(record: SearchRecord, pace: float | None, recent: int) -> str | None:
    """Returns why nobody can say when the search ends; None where one can."""
    if record.state is not SearchState.RUNNING:
        return NOT_DRIVEN[record.state]
    if not is_driven(record):
        return GONE
    if record.held:
        return "It is held: no new trials begin until somebody lets it go on."
    if record.trial_budget is None and record.time_budget_seconds is None:
        return "It has no budget, and ends when somebody stops it."
    if pace is None and record.time_budget_seconds is None:
        return f"{recent} trials have ended; a pace can be told from {LEAST} on."
    return None


def _ground(limited_by: str | None, recent: int) -> str:
    pace = f"the pace of the last {recent} trials and " if limited_by == "trials" else ""
    return f"By {pace}the budget of {limited_by}."


def _first(by_trials: float | None, by_time: float | None) -> tuple[str | None, float | None]:
    """Returns which budget is used up first, and in how many seconds."""
    known = [
        (seconds, name) for seconds, name in ((by_trials, "trials"), (by_time, "time")) if seconds is not None
    ]
    seconds, name = min(known, default=(None, None))
    return name, seconds
