"""A pool of long-lived Ray actors. This process never connects to Ray: a host process of its own does.

An actor keeps its process, its CUDA context and the data set from job to job, so that a job costs about 1 ms beside its
training. Nothing is retried here: Ray would run a training twice without a word, so every restart is switched off, a
worker that is gone ends its job, and whoever submitted the job decides.

Without an address, Ray runs on this machine alone, in a private directory and with a token of its own, and ends with
the pool. Its workers take no processor of Ray's: as many as there are to be are started, whatever the machine has, and
more workers than cores share them. On a cluster each worker takes one processor, and this machine has to be one of its
nodes; where there are to be more workers than the cluster has room for, those wait until it has.

Whatever dies, the pool goes on:

| gone                               | what its jobs end with   | then                                           |
|------------------------------------|--------------------------|------------------------------------------------|
| a worker                           | WORKER_LOST and the like | another one is started                         |
| a node of a cluster                | NODE_LOST                | the others go on, its workers wait for a place |
| the local Ray, or the host process | NODE_LOST, all of them   | it is started again                            |
| the head of a cluster              | NODE_LOST, all of them   | it is looked for, for `reconnect_seconds`      |
"""

import math
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType

import cloudpickle

from search_spaces.space import Space
from workers.data.images import ImageData
from workers.gpus import gpus_needed, require_resources
from workers.job import FailureKind, Job, Outcome
from workers.pool import Beat, Evaluate, Patience, Pool, require_free_slot, require_size
from workers.ray_keeper import Keeper
from workers.ray_protocol import Answer, Attempt, Ended, Heard, Lost, Said, Settings, Submit

START_SECONDS = 180.0
"""So long may Ray take to start, and a worker after it; on a busy machine of two cores either takes up to 15."""
RECONNECT_SECONDS = 600.0
SAY_SECONDS = 30.0
TICK_SECONDS = 1.0
PATIENCE = Patience()
OBJECT_STORE_SPARE_BYTES = 128 * 2**20


class RayPool(Pool):
    """`workers` actors, each on one processor or on a share `gpus_per_worker` from 0 to 1 of a GPU.

    The constructor returns when Ray is up; its workers start in the background, and the first `wait` finds them ready
    or not. `plugin_modules` are sent to the workers by value, since these may not be able to import a user's own file.
    `address` is HOST:PORT of a cluster, or "auto" for the one that this machine is a node of; without it no cluster is
    joined, whatever RAY_ADDRESS says. `on_wait` hears what the constructor waits for, every 30 s, and what `close` gave
    up waiting for; who hears of what `wait` waits for, `listen` says.

    Raises `ResourceError` where there are fewer GPUs, or processors of a cluster, than asked for, `UnreachableError`
    where no cluster answers at `address`, and `PoolError` where Ray cannot be started.
    """

    def __init__(
        self,
        space: Space,
        data: ImageData,
        evaluate: Evaluate,
        *,
        workers: int = 2,
        gpus_per_worker: float = 0.0,
        address: str | None = None,
        plugin_modules: Iterable[ModuleType] = (),
        patience: Patience = PATIENCE,
        reconnect_seconds: float = RECONNECT_SECONDS,
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._on_start = self._on_wait = on_wait
        self._closed = False
        self._untold: deque[Callable[[], None]] = deque()
        self._running: dict[int, Submit] = {}
        self._unsent: deque[Submit] = deque()
        self._outcomes: list[Outcome] = []
        settings = Settings(
            address=None if address == "local" else address,
            directory="",
            workers=workers,
            gpus_per_worker=gpus_per_worker,
            gpus=_gpus(workers, gpus_per_worker) if address is None else 0,
            object_store_bytes=_size(data) + OBJECT_STORE_SPARE_BYTES,
            patience=patience,
            start_seconds=START_SECONDS,
            say_seconds=SAY_SECONDS,
            demanding=True,
            child=_pickled_by_value((evaluate, space), plugin_modules),
        )
        self._slots, self._gpus_per_worker, self._is_local = workers, gpus_per_worker, address is None
        self._keeper = Keeper(settings, data, reconnect_seconds, self._say)
        try:
            while not self._keeper.is_ready:
                self._turn(TICK_SECONDS)
                self._keeper.check()
        except BaseException:
            self.close()
            raise

    @property
    def slots(self) -> int:  # noqa: D102
        return self._slots

    @property
    def running(self) -> frozenset[int]:  # noqa: D102
        return frozenset(self._running)

    def resize(self, count: int) -> None:  # noqa: D102
        require_size(count, closed=self._closed)
        if self._is_local:
            _gpus(count, self._gpus_per_worker)
        self._slots = count
        self._keeper.resize(count)

    def submit(self, job: Job) -> None:  # noqa: D102
        require_free_slot(self, job, closed=self._closed)
        self._running[job.job_id] = Submit(job.job_id, job.token, pickle.dumps(job))
        self._unsent.append(self._running[job.job_id])
        self._send()

    def wait(self, timeout_seconds: float | None = None) -> Sequence[Outcome]:  # noqa: D102
        deadline = math.inf if timeout_seconds is None else time.monotonic() + timeout_seconds
        if not self._running and not self._closed:  # signs of life come all the same, and are not to pile up
            self._turn(0.0)
        while self._running and not self._outcomes:
            self._turn(max(0.0, min(TICK_SECONDS, deadline - time.monotonic())))
            if self._outcomes:
                break
            self._keeper.check()
            if time.monotonic() >= deadline:
                break
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def close(self) -> None:  # noqa: D102
        self._closed = True
        self._running, self._outcomes = {}, []
        self._unsent.clear()
        self._untold.clear()
        self._on_wait = self._on_start
        self._keeper.end()
        self._tell()

    def now(self) -> float:  # noqa: D102
        return time.monotonic()

    def _say(self, text: str) -> None:
        self._untold.append(lambda: self._on_wait(text))

    def _tell(self) -> None:
        """Calls the listeners. One that raises is asked again for what came after; all else has been taken by then."""
        while self._untold:
            self._untold.popleft()()

    def _send(self) -> None:
        """Hands in what waits for a host that is ready."""
        while self._unsent and self._keeper.is_ready:
            self._keeper.send(self._unsent.popleft())

    def _turn(self, seconds: float) -> None:
        """Does what the host has said, waiting for it at most so long."""
        for answer in self._keeper.turn(seconds):
            self._take(answer)
        self._send()
        self._tell()

    def _take(self, answer: Answer) -> None:
        match answer:
            case Ended(outcome):
                self._end(outcome)
            case Heard(beat):
                self._hear(beat)
            case Said(text):
                self._say(text)
            case Lost(text, begun):
                self._lose_all(text, begun)

    def _is_running(self, job_id: int, token: str) -> bool:
        """Returns whether that attempt at the job is what the pool waits for, and not an earlier one."""
        job = self._running.get(job_id)
        return job is not None and job.token == token

    def _end(self, outcome: Outcome) -> None:
        if not self._is_running(outcome.job_id, outcome.token):
            return
        del self._running[outcome.job_id]
        self._outcomes.append(outcome)
        if outcome.failure is None or not outcome.failure.is_infrastructure:
            self._keeper.settle()

    def _hear(self, beat: Beat) -> None:
        if beat.job_id is None or self._is_running(beat.job_id, beat.token):
            self._untold.append(lambda: self._on_beat(beat))

    def _lose_all(self, text: str, begun: frozenset[Attempt] | None) -> None:
        """Ends the jobs that workers had begun; all others are kept for the next host."""
        unsent = {job.job_id for job in self._unsent}
        for job in [job for job in self._running.values() if job.job_id not in unsent]:
            if begun is None or (job.job_id, job.token) in begun:
                del self._running[job.job_id]
                lost = Outcome(job.job_id, failure=FailureKind.NODE_LOST, error_text=text, token=job.token)
                self._outcomes.append(lost)
        self._unsent = deque(self._running.values())


def _pickled_by_value(child: object, modules: Iterable[ModuleType]) -> bytes:
    """Returns the pickled child, with all that it takes from `modules`."""
    registered = [
        module for module in modules if module.__name__ not in cloudpickle.list_registry_pickle_by_value()
    ]
    for module in registered:
        cloudpickle.register_pickle_by_value(module)
    try:
        pickled: bytes = cloudpickle.dumps(child)
    finally:
        for module in registered:
            cloudpickle.unregister_pickle_by_value(module)
    return pickled


def _gpus(workers: int, gpus_per_worker: float) -> int:
    """Returns the GPUs of this machine, 0 where none is needed; raises `ResourceError` where there are too few."""
    needed = gpus_needed(workers, gpus_per_worker)
    if not needed:
        return 0
    import torch

    present = torch.cuda.device_count()
    require_resources("GPU", needed, present, "this machine")
    return present


def _size(data: ImageData) -> int:
    return sum(part.images.nbytes + part.labels.nbytes for part in (data.train, data.validation))
