"""What the machinery costs: processor time a trial, of the whole process tree, for children that train nothing.

Processor time is read from the operating system for this process and all its descendants (Ray's own processes too), so
that a busy neighbour on the machine does not change it. The time inside `ask` and `tell` is the strategy's own and
reported apart. The first trials, while the workers are still starting, are not counted.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.wrapper import Wrapper
from nas.trial import Feedback, Proposal, Trial

WARM_UP_TRIALS = 50
WINDOW_TRIALS = 200


class Timed(Wrapper):
    """A strategy that adds up the processor time it takes."""

    name = "timed"

    def __init__(self, strategy: Strategy) -> None:
        super().__init__(strategy)
        self.seconds = 0.0

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:
        """See `Strategy.ask`."""
        began = time.thread_time()
        proposals = super().ask(count, accepts)
        self.seconds += time.thread_time() - began
        return proposals

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:
        """See `Strategy.tell`."""
        began = time.thread_time()
        feedback = super().tell(completed, running)
        self.seconds += time.thread_time() - began
        return feedback


@dataclass(frozen=True, slots=True)
class OrchestrationReport:
    """Milliseconds a trial. `cpu` counts the process tree without the strategy; `first` and `last` are 200 trials."""

    trials: int
    cpu_ms: float
    strategy_cpu_ms: float
    wall_ms: float
    first_cpu_ms: float
    last_cpu_ms: float
    first_wall_ms: float
    last_wall_ms: float


@dataclass(frozen=True, slots=True)
class _Sample:
    cpu: float
    strategy: float
    wall: float


class Meter:
    """Counts trials as they finish and reads the clocks at the four ends of the two windows."""

    def __init__(self, trials: int, strategy: Timed) -> None:
        if trials <= WARM_UP_TRIALS + 2 * WINDOW_TRIALS:
            raise ValueError(f"expected more than {WARM_UP_TRIALS + 2 * WINDOW_TRIALS} trials, got {trials}")
        self._trials, self._strategy = trials, strategy
        self._marks = (WARM_UP_TRIALS, WARM_UP_TRIALS + WINDOW_TRIALS, trials - WINDOW_TRIALS, trials)
        self._finished = 0
        self._samples: list[_Sample] = []

    def tick(self) -> None:
        """Says that one more trial has finished."""
        self._finished += 1
        if self._finished in self._marks:
            self._samples.append(_Sample(tree_cpu_seconds(), self._strategy.seconds, time.monotonic()))

    def report(self) -> OrchestrationReport:
        """Returns what was measured, once all trials have finished."""
        start, first_end, last_start, end = self._samples
        counted = self._trials - WARM_UP_TRIALS
        return OrchestrationReport(
            trials=self._trials,
            cpu_ms=_cpu_ms(start, end, counted),
            strategy_cpu_ms=(end.strategy - start.strategy) / counted * 1000,
            wall_ms=_wall_ms(start, end, counted),
            first_cpu_ms=_cpu_ms(start, first_end, WINDOW_TRIALS),
            last_cpu_ms=_cpu_ms(last_start, end, WINDOW_TRIALS),
            first_wall_ms=_wall_ms(start, first_end, WINDOW_TRIALS),
            last_wall_ms=_wall_ms(last_start, end, WINDOW_TRIALS),
        )


def tree_cpu_seconds() -> float:
    """Returns user and system seconds of this process and its living descendants."""
    root = psutil.Process()
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def _cpu_ms(start: _Sample, end: _Sample, trials: int) -> float:
    return (end.cpu - start.cpu - (end.strategy - start.strategy)) / trials * 1000


def _wall_ms(start: _Sample, end: _Sample, trials: int) -> float:
    return (end.wall - start.wall) / trials * 1000
