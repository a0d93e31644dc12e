"""What is kept of a search in a comparison: what each training cost, and how good the best was then."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


class Step(NamedTuple):
    """One finished training of a search."""

    seconds: float
    """When it finished, on the clock of the workers."""
    compute: float
    """Of all trainings finished so far; on a simulated clock 1 is the mean of random architectures."""
    value: float | None
    """What the strategy was told; None where the training failed."""
    score: float | None
    """Of the best so far by what the strategy was told; None before the first that did not fail."""
    strategy_seconds: float
    """Processor time of all asks and tells so far."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A whole search of `T` trainings in the order in which they finished; the fields of `Step`, (T,), None as NaN."""

    seconds: Numbers
    compute: Numbers
    value: Numbers
    score: Numbers
    strategy_seconds: Numbers
    ending: str = ""
    """Why there are no more; empty where the budget of trials was used up."""

    def __len__(self) -> int:
        return len(self.seconds)

    def score_after(self, trials: int) -> float:
        """Returns the score after so many trials; a search that ended before keeps its last. NaN without any."""
        return float(self.score[min(trials, len(self)) - 1]) if len(self) and trials else np.nan

    def trials_within(self, compute: float) -> int | None:
        """Returns how many trainings had ended before more was spent; None where the search spent less in all."""
        if self.ending == "" and (not len(self) or self.compute[-1] < compute):
            return None
        return int(np.searchsorted(self.compute, compute, side="right"))

    def milliseconds_at(self, trials: int, window: int) -> float | None:
        """Returns the strategy's processor time a trial, over the `window` trials up to this one."""
        if not window <= trials <= len(self):
            return None
        before = self.strategy_seconds[trials - window - 1] if trials > window else 0.0
        return float(self.strategy_seconds[trials - 1] - before) / window * 1000


def trace_of(steps: Sequence[Step], ending: str = "") -> Trace:
    """Returns the trace of these trainings."""
    columns = np.array(steps, dtype=np.float64).reshape(len(steps), len(Step._fields)).T
    seconds, compute, value, score, strategy_seconds = columns
    return Trace(seconds, compute, value, score, strategy_seconds, ending)
