"""A pool whose trainings are looked up and whose clock is simulated: a search of days runs in milliseconds.

For tests, and for comparing strategies on tables of known results. The order of completion, and so everything that
depends on it, is that of real workers of these speeds.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence

from search_spaces.architecture import Architecture
from search_spaces.space import Space
from workers.job import FailureKind, Job, Outcome
from workers.pool import Pool, require_free_slot


class SimulatedPool(Pool):
    """Takes an architecture's accuracy and seconds of training from `measure`.

    A job whose id is in `failures` takes as long and then fails in that way, each time it is submitted. Jobs that end
    at the same moment come back together, in the order of their ids.
    """

    def __init__(
        self,
        space: Space,
        measure: Callable[[Architecture], tuple[float, float]],
        slots: int = 1,
        failures: Mapping[int, FailureKind] | None = None,
    ) -> None:
        self._space, self._measure, self._slots = space, measure, slots
        self._failures = dict(failures or {})
        self._clock = 0.0
        self._ending: list[tuple[float, int, Job]] = []  # a heap by the moment of ending, then the id
        self._closed = False

    @property
    def slots(self) -> int:  # noqa: D102
        return self._slots

    @property
    def running(self) -> frozenset[int]:  # noqa: D102
        return frozenset(job_id for _, job_id, _ in self._ending)

    def submit(self, job: Job) -> None:  # noqa: D102
        require_free_slot(self, job, closed=self._closed)
        self._space.validate(job.architecture)
        _, seconds = self._measure(job.architecture)
        heapq.heappush(self._ending, (self._clock + seconds, job.job_id, job))

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
            outcomes.append(self._outcome(heapq.heappop(self._ending)[2]))
        return outcomes

    def close(self) -> None:  # noqa: D102
        self._ending.clear()
        self._closed = True

    def now(self) -> float:  # noqa: D102
        return self._clock

    def _outcome(self, job: Job) -> Outcome:
        accuracy, seconds = self._measure(job.architecture)
        failure = self._failures.get(job.job_id)
        if failure:
            text = f"job {job.job_id} was to end as {failure}"
            return Outcome(job.job_id, failure=failure, error_text=text, worker="simulated")
        return Outcome(job.job_id, accuracy, train_seconds=seconds, worker="simulated")
