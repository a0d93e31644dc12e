"""The interface of all pools: hand in jobs, wait for outcomes in the order in which they are done.

`LocalPool` runs jobs in this process, `SimulatedPool` looks them up on a simulated clock, `ProcessPool` runs them in
processes of this machine, `RayPool` on long-lived Ray actors. A search cannot tell them apart, and one contract test
runs over all of them.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from search_spaces.space import Space
from workers.errors import PoolError
from workers.job import EpochReport, Job, Outcome

if TYPE_CHECKING:
    from workers.data.images import ImageData  # NumPy: not for whoever only reads of a search

Report = Callable[[EpochReport], None]


def ignore(report: EpochReport) -> None:
    """The `Report` of whoever does not want to know."""


class Evaluate(Protocol):
    """The function a worker runs. It raises nothing but `KeyboardInterrupt`: a failed child is an outcome."""

    def __call__(
        self, job: Job, space: Space, data: "ImageData", device: str, report: Report = ignore
    ) -> Outcome:
        """Returns what became of the job on `device` ("cpu", "cuda:0"); calls `report` after every epoch."""
        ...


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life of one worker, and what it has done since the last one."""

    worker: str
    """Host, process and device, "host7:4211:cuda:0"."""
    job_id: int | None = None
    """What it trains; None: nothing."""
    token: str = ""
    """That of the job."""
    epochs: tuple[EpochReport, ...] = ()
    """Finished since the last beat; only the last of them may hold a saved state."""
    node: str = ""
    """Ray's id of the node; empty without Ray."""
    memory_bytes: int = 0
    """Resident, of the process."""
    gpu_memory_bytes: int | None = None
    """Allocated by the process on its GPU; None without one."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long workers may be silent. All in seconds; what exceeds it is killed, and its job ends."""

    beat: float = 2.0
    """Between two signs of life."""
    silence: float = 30.0
    """Without a sign of life: the worker is lost. It ends itself where it finds that it stood still for so long."""
    epoch: float = math.inf
    """Without the end of an epoch: `TIMEOUT`, two beats later at the earliest, as ends of epochs are told with these.

    Less than a beat is no limit that can be kept to; the first epoch of a process includes placing its pictures.
    """
    trial: float = math.inf
    """For a whole job: `TIMEOUT`, or a lost worker where that was silent as well."""


class Pool(ABC):
    """A number of slots, each doing one job at a time.

    >>> with LocalPool(space, data, evaluate_child) as pool:  # doctest: +SKIP
    ...     pool.submit(job)
    ...     outcomes = pool.wait()

    Not thread-safe: one driver owns a pool. Every submitted job gives exactly one outcome, unless the pool is closed.
    """

    blocking: ClassVar[bool] = False
    """Whether `wait` does the work itself, on the caller's thread, and so cannot return before it is done."""

    @property
    @abstractmethod
    def slots(self) -> int:
        """How many jobs can be in work at once."""

    @property
    @abstractmethod
    def running(self) -> frozenset[int]:
        """The ids of the jobs handed in that have no outcome yet; one that has is given back by the next `wait`."""

    @abstractmethod
    def resize(self, count: int) -> None:
        """Changes `slots` to `count`, at once; workers are started, or end, in the background.

        Workers that do something finish it first, so for a while more may be running than there are slots. Raises
        `PoolError` where the pool cannot be of that size, or is closed, and changes nothing then.
        """

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Starts a job on a free slot and returns at once.

        Raises `PoolError` where no slot is free, the job is running already or the pool is closed.
        """

    @abstractmethod
    def wait(self, timeout_seconds: float | None = None) -> Sequence[Outcome]:
        """Returns all outcomes that are there, waiting for the first at most `timeout_seconds` (None: for ever).

        Empty when the time ran out or nothing is running. Raises `PoolError` where workers cannot be started any more.
        """

    def listen(
        self, on_beat: Callable[[Beat], None], on_wait: Callable[[str], None] = lambda _: None
    ) -> None:
        """Names who hears of the workers' signs of life, and of what the pool waits for, every 30 s, in words.

        Both are called within `wait`, on the thread of the driver.
        """
        self._on_beat, self._on_wait = on_beat, on_wait

    _on_beat: Callable[[Beat], None] = staticmethod(lambda _: None)
    _on_wait: Callable[[str], None] = staticmethod(lambda _: None)

    @abstractmethod
    def close(self) -> None:
        """Stops the workers; jobs still running are abandoned. May be called twice."""

    @abstractmethod
    def now(self) -> float:
        """Seconds on the pool's clock: monotonic, or the simulated time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def require_size(count: int, *, closed: bool) -> None:
    """Raises the `PoolError` of `Pool.resize` for a number that no pool can have."""
    if closed:
        raise PoolError("the pool is closed; start another one")
    if count < 1:
        raise PoolError(f"workers: expected at least 1, got {count}; pause the search to have nobody at work")


def require_free_slot(pool: Pool, job: Job, *, closed: bool) -> None:
    """Raises the `PoolError` of `Pool.submit` unless `pool` can take the job."""
    if closed:
        raise PoolError(f"job {job.job_id}: the pool is closed; start another one")
    if job.job_id in pool.running:
        raise PoolError(f"job {job.job_id} is running already; wait for its outcome or give it another id")
    if len(pool.running) >= pool.slots:
        raise PoolError(f"job {job.job_id}: all {pool.slots} slots are busy; wait for an outcome first")
