"""A pool whose trainings are looked up and whose clock is simulated: a search of days runs in milliseconds.

For tests, and for comparing strategies on tables of known results. The order of completion, and so everything that
depends on it, is that of real workers of these speeds.
"""

import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import repeat

from search_spaces.space import Space
from workers.job import FailureKind, Job, Outcome
from workers.pool import Pool, require_free_slot, require_size

Measured = tuple[float | FailureKind, float]
"""What becomes of a training, its accuracy or how it fails, and how many seconds it takes until then."""


class SimulatedPool(Pool):
    """Takes what becomes of a job and the seconds of its training from `measure`.

    So two trainings of one architecture may differ, by their seeds for example. A job whose id is in `failures` takes
    as long and then fails in that way: each time it is submitted where one kind is given, else once for each kind of
    the sequence, and succeeds after that. One that would take longer than `trial_seconds` ends then as a `TIMEOUT`.
    Jobs that end at the same moment come back together, in the order of their ids.
    """

    def __init__(
        self,
        space: Space,
        measure: Callable[[Job], Measured],
        slots: int = 1,
        failures: Mapping[int, FailureKind | Sequence[FailureKind]] | None = None,
        trial_seconds: float = math.inf,
    ) -> None:
        self._space, self._measure, self._slots, self._trial_seconds = space, measure, slots, trial_seconds
        self._failures: dict[int, Iterator[FailureKind]] = {
            job_id: repeat(kinds) if isinstance(kinds, FailureKind) else iter(kinds)
            for job_id, kinds in (failures or {}).items()
        }
        self._clock = 0.0
        self._ending: list[tuple[float, int, Outcome]] = []  # a heap by the moment of ending, then the id
        self._closed = False

    @property
    def slots(self) -> int:  # noqa: D102
        return self._slots

    @property
    def running(self) -> frozenset[int]:  # noqa: D102
        return frozenset(job_id for _, job_id, _ in self._ending)

    def resize(self, count: int) -> None:  # noqa: D102
        require_size(count, closed=self._closed)
        self._slots = count

    def submit(self, job: Job) -> None:  # noqa: D102
        require_free_slot(self, job, closed=self._closed)
        self._space.validate(job.architecture)
        measured, seconds = self._measure(job)
        measured = next(self._failures.get(job.job_id, iter(())), measured)
        if seconds > self._trial_seconds:
            measured, seconds = FailureKind.TIMEOUT, self._trial_seconds
        outcome = replace(_outcome(job, measured, seconds), token=job.token)
        heapq.heappush(self._ending, (self._clock + seconds, job.job_id, outcome))

    def wait(self, timeout_seconds: float | None = None) -> Sequence[Outcome]:
        """See `Pool.wait`; the time-out is simulated too."""
        if not self._ending:
            return ()
        moment = self._ending[0][0]
        if timeout_seconds is not None and moment > self._clock + timeout_seconds:
            self._clock += timeout_seconds
            return ()
        self._clock = moment
        outcomes = []
        while self._ending and self._ending[0][0] <= self._clock:
            outcomes.append(heapq.heappop(self._ending)[2])
        return outcomes

    def close(self) -> None:  # noqa: D102
        self._ending.clear()
        self._closed = True

    def now(self) -> float:  # noqa: D102
        return self._clock


def _outcome(job: Job, measured: float | FailureKind, seconds: float) -> Outcome:
    if isinstance(measured, FailureKind):
        text = f"job {job.job_id} was to end as {measured}"
        return Outcome(
            job.job_id, train_seconds=seconds, failure=measured, error_text=text, worker="simulated"
        )
    return Outcome(job.job_id, measured, train_seconds=seconds, worker="simulated")
