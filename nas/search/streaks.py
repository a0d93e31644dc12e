"""What comes one after the other in a search: failures that are a sign of a fault, and networks that are too slow."""

from collections.abc import Iterable
from math import inf

from nas.trial import Trial
from workers.job import FailureKind

FAILURES_IN_A_ROW = 8
"""So many networks that failed one after the other, and the search stops: something is wrong with more than a child."""
ALIKE_FROM_THE_FIRST = 5
"""So many are enough where nothing has succeeded yet and all failed for the same reason."""
SLOW_IN_A_ROW = 100
"""So many networks over the limit on latency one after the other, and the search holds that there are no others."""


class Streaks:
    """Counts trials in the order in which they end.

    A network that is over the limit on latency neither adds to the failures nor ends their row: it was never trained.
    However often it was to be repeated, a network is one network.
    """

    def __init__(self) -> None:
        self._failures: dict[str, Trial] = {}  # by canonical key
        self._slow: set[str] = set()  # canonical keys
        self._has_succeeded = False

    def count(self, trial: Trial) -> None:
        """Takes in a trial that has ended."""
        if trial.failure is FailureKind.OVER_LIMIT:
            self._slow.add(trial.canonical_key)
            return
        self._slow.clear()
        if trial.failure is None:
            self._failures.clear()
            self._has_succeeded = True
        else:
            self._failures.setdefault(trial.canonical_key, trial)

    def restore(self, trials: Iterable[Trial]) -> None:
        """Takes in what had ended before a search was stopped.

        A row of failures that stopped it is not held against it again: whoever goes on has looked into it.
        """
        for trial in sorted((trial for trial in trials if trial.state.is_final), key=_when_ended):
            self.count(trial)
            if self.too_many_failures:
                self._failures.clear()

    @property
    def failures(self) -> tuple[Trial, ...]:
        """The failures in a row up to now, the last one last, one a network."""
        return tuple(self._failures.values())

    @property
    def too_many_failures(self) -> bool:
        """Whether so many failed that the search had better stop."""
        if len(self._failures) >= FAILURES_IN_A_ROW:
            return True
        if self._has_succeeded or len(self._failures) < ALIKE_FROM_THE_FIRST:
            return False
        return len({_reason(trial) for trial in self._failures.values()}) == 1

    @property
    def slow(self) -> int:
        """Networks in a row that were over the limit on latency."""
        return len(self._slow)

    @property
    def all_too_slow(self) -> bool:
        """Whether so many were that it is in vain to look on."""
        return self.slow >= SLOW_IN_A_ROW


def last_line(text: str) -> str:
    """Returns the last line of a traceback, which says what went wrong."""
    return text.strip().rpartition("\n")[2] or "no reason given"


def _reason(trial: Trial) -> str | None:
    """Returns why a trial failed: of a lost worker the kind alone, since the text names the process."""
    if trial.failure is not None and trial.failure.is_infrastructure:
        return trial.failure
    return last_line(trial.error_text)


def _when_ended(trial: Trial) -> tuple[float, float, int]:
    """Returns what puts trials in the order in which they ended: that of being told, then those not told yet."""
    return (trial.told_event or inf, trial.finished_at or 0.0, trial.number)
