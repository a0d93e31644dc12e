"""How long trainings took, as a histogram of each search that is carried on from one look at it to the next."""

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate

from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, TrialSummary
from nas.trial import TrialState

BOUNDS = (1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0)
"""Seconds, the upper ends of the buckets; behind the last there is one more."""
AT_ONCE = 2000
MOST_AT_A_LOOK = 50_000
"""Trials: a search of very many is taken in over several looks, so that none takes longer than Prometheus waits."""


@dataclass
class Durations:
    """The trainings of one search that have ended well, as far as they were looked at. Its numbers only grow."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0
    last_reward: float | None = None
    """Of the trial that completed last."""
    _last_at: float = 0.0
    _seen: int = -1
    """The highest number that was looked at."""
    _open: set[int] = field(default_factory=set)
    """Numbers of those up to it that were not final."""

    def follow(self, storage: Storage, record: SearchRecord) -> None:
        """Takes in what has ended since, at most `MOST_AT_A_LOOK` new trials."""
        waiting = sorted(self._open)
        for first in range(0, len(waiting), AT_ONCE):
            self._take(storage.summaries_of(record.search_id, waiting[first : first + AT_ONCE]))
        for _ in range(0, MOST_AT_A_LOOK, AT_ONCE):
            if self._seen + 1 >= record.created:
                return
            new = storage.summaries(record.search_id, after=self._seen, limit=AT_ONCE)
            if not new:
                return
            self._take(new)
            self._seen = new[-1].number

    def buckets(self) -> list[tuple[str, float]]:
        """Returns the buckets as Prometheus wants them: each with its upper end, and all that is not above that."""
        ends = [*map(str, BOUNDS), "+Inf"]
        return list(zip(ends, map(float, accumulate(self.counts)), strict=True))

    def _take(self, trials: list[TrialSummary]) -> None:
        for trial in trials:
            if not TrialState(trial.state).is_final:
                self._open.add(trial.number)
                continue
            self._open.discard(trial.number)
            if trial.state == TrialState.COMPLETED:
                self._add(trial)

    def _add(self, trial: TrialSummary) -> None:
        self.counts[bisect_left(BOUNDS, trial.train_seconds)] += 1
        self.seconds += trial.train_seconds
        if trial.reward is not None and (trial.finished_at or 0.0) >= self._last_at:
            self._last_at, self.last_reward = trial.finished_at or 0.0, trial.reward
