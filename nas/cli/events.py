"""What happened in a search, in words: one line an event, and how fast it goes."""

from dataclasses import dataclass

from nas.report.formats import format_count, format_milliseconds, format_percent, format_seconds
from nas.search import EventKind, Progress, SearchEvent
from nas.search.streaks import last_line
from nas.trial import Trial


def event_line(event: SearchEvent) -> str | None:
    """Returns the line of an event, None for one that says nothing that another does not say as well."""
    return _LINES[event.kind](event)


def _resumed(event: SearchEvent) -> str:
    progress = event.progress
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"resumed: {progress.completed} done{failed}, {event.note}"


def _started(event: SearchEvent) -> None:  # noqa: ARG001  (its end will be told)
    return None


def _finished(event: SearchEvent) -> str:
    trial = _subject(event)
    if trial.failure is not None:
        return f"trial {trial.number} failed ({trial.failure}): {last_line(trial.error_text)}"
    best = event.progress.best
    compared = f" (best training {format_result(best)})" if best else ""
    size = f"{format_count(trial.parameters)} parameters"
    if trial.latency_ms is not None:
        size = f"{size}, {format_milliseconds(trial.latency_ms)}"
    return f"trial {trial.number} done: {format_result(trial)}{compared}, {size}, {format_seconds(trial.train_seconds)}"


def _requeued(event: SearchEvent) -> str:
    return f"trial {_subject(event).number} waits again, {event.note}"


def _noted(event: SearchEvent) -> str:
    return event.note


def _ended(event: SearchEvent) -> str:
    note = f"; {event.note}" if event.note else ""
    return f"ended: {_count(event.progress)}, {format_seconds(event.progress.spent_seconds)}{note}"


_LINES = {
    EventKind.RESUMED: _resumed,
    EventKind.STARTED: _started,
    EventKind.FINISHED: _finished,
    EventKind.REQUEUED: _requeued,
    EventKind.NOTED: _noted,
    EventKind.ENDED: _ended,
}


def _subject(event: SearchEvent) -> Trial:
    assert event.trial is not None
    return event.trial


def _count(progress: Progress) -> str:
    return f"{progress.completed} trials done, {progress.failed} failed"


def format_result(trial: Trial) -> str:
    """Returns the accuracy of a training, and before it the reward where that is another: it decides what is best."""
    accuracy = format_percent(trial.validation_accuracy)
    return accuracy if trial.reward == trial.validation_accuracy else f"reward {trial.reward:.5g}, {accuracy}"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a search goes, from two looks at it: what earlier runs of it took does not count."""

    first: Progress
    last: Progress

    @property
    def trials_per_minute(self) -> float | None:
        """None until a trial has ended since the first look."""
        trials = self.last.finished - self.first.finished
        seconds = self.last.spent_seconds - self.first.spent_seconds
        return 60 * trials / seconds if trials and seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Until the first of the budgets is spent; None while that cannot be told."""
        progress, rate = self.last, self.trials_per_minute
        estimates: list[float] = []
        if progress.time_budget_seconds is not None:
            estimates.append(max(0.0, progress.time_budget_seconds - progress.spent_seconds))
        if progress.trial_budget is not None and rate is not None:
            estimates.append(60 * (progress.trial_budget - progress.finished) / rate)
        return min(estimates, default=None)
