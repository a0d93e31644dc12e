"""A pool of long-lived Ray actors. The one file that knows Ray's core API.

An actor keeps its process, its CUDA context and the data set from job to job, so that a job costs about 1 ms beside its
training. Nothing is retried here: Ray would run a training twice without a word, so every restart is switched off, a
worker that is gone ends its job as `WORKER_LOST`, and whoever submitted the job decides.

Without an address, Ray runs on this machine alone, in a private directory and with a token of its own, and ends with
the pool. It gets as many processors as there are workers, whatever the machine has: more workers than cores share them.
A Ray that runs in this process already is used and left running. On a cluster each worker takes one processor.
"""

import atexit
import logging
import math
import os
import pickle
import platform
import secrets
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import ray
from ray.cloudpickle import register_pickle_by_value
from ray.exceptions import OutOfMemoryError, RayError, RayTaskError, UnserializableException

from search_spaces.space import Space
from workers.data.images import ImageData
from workers.errors import PoolError, ResourceError
from workers.job import ERROR_TEXT_LIMIT, FailureKind, Job, Outcome
from workers.pool import Evaluate, Pool, require_free_slot
from workers.process import end_with_parent

START_SECONDS = 180.0
"""So long may Ray take to start, and a worker after it; on a busy machine of two cores either takes up to 15."""
START_ATTEMPTS = 3
CLOSE_SECONDS = 10.0
TICK_SECONDS = 1.0
REACH_SECONDS = 5.0
OBJECT_STORE_SPARE_BYTES = 128 * 2**20
TOKEN = secrets.token_hex(32)
"""Ray reads its token once a process, so all that are started here share one."""

KIND_OF_ERROR: tuple[tuple[type[RayError], FailureKind], ...] = (
    (OutOfMemoryError, FailureKind.OUT_OF_MEMORY),
    (RayTaskError, FailureKind.ERROR),
    (UnserializableException, FailureKind.ERROR),
    (RayError, FailureKind.WORKER_LOST),
)
"""What Ray raises for a job, the first that fits: the host's memory ran out; the evaluation raised an error that
pickles, or one that does not; all else."""


class LocalRay:
    """Ray on this machine, for this process alone, until `stop`."""

    def __init__(self, *, cpus: int, gpus: int, object_store_bytes: int) -> None:
        """Starts it, which takes 5 to 15 s. Raises `PoolError` where it fails or takes longer than 180 s."""
        self._directory = Path(tempfile.mkdtemp(prefix="nas-ray-", dir=_short_directory()))
        atexit.register(shutil.rmtree, self._directory, ignore_errors=True)
        token = self._directory / "token"
        token.touch(mode=0o600)
        token.write_text(TOKEN)
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(token)  # otherwise Ray writes one into the user's home
        os.environ.pop("RAY_grpc_enable_http_proxy", None)  # with a proxy set, Ray waits for itself for ever
        self._connection = _Connection(
            address="local",
            num_cpus=cpus,
            num_gpus=gpus,
            object_store_memory=object_store_bytes,
            include_dashboard=False,
            _temp_dir=str(self._directory),
            _system_config={"event_stats": False},  # timings of Ray's threads, in a log that nobody reads
        )

    def stop(self) -> None:
        """Ends Ray and removes its directory. May be called twice."""
        self._connection.stop()
        shutil.rmtree(self._directory, ignore_errors=True)


class _Connection:
    """Ray, started or joined on a thread of its own.

    On a thread, because some settings make `ray.init` wait for ever, in native code that nothing interrupts. The thread
    lives until `stop`, because Linux ends the processes that Ray starts together with the thread that started them.
    """

    def __init__(self, address: str, **options: Any) -> None:
        self._options = {
            "address": address,
            "log_to_driver": False,
            "logging_level": logging.ERROR,
            **options,
        }
        self._error: BaseException | None = None
        self._is_up, self._is_over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._live, name="ray", daemon=True)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        logging.getLogger("ray").setLevel(logging.ERROR)
        try:
            self._thread.start()
            started = self._is_up.wait(START_SECONDS)
        except BaseException:
            self._is_over.set()
            raise
        if not started:
            self._is_over.set()
            raise PoolError(
                f"Ray ({address}): expected to be up within {START_SECONDS:g} s, got no answer; "
                "see that the loopback network is up, and unset RAY_* variables"
            )
        if self._error:
            raise PoolError(
                f"Ray ({address}) could not be started: {_one_line(self._error)}"
            ) from self._error

    def _live(self) -> None:
        try:
            ray.init(**self._options)
        except BaseException as error:  # noqa: BLE001 - thread border: raised again by the thread that waits
            self._error = error
            self._is_over.set()
        self._is_up.set()
        self._is_over.wait()
        ray.shutdown()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join(CLOSE_SECONDS)


class _Worker:
    """What an actor does: keeps the data set, runs one job after the other."""

    def __init__(self, evaluate: Evaluate, space: Space, data: ImageData, device: str) -> None:
        end_with_parent()
        self._evaluate, self._space, self._data, self._device = evaluate, space, data, device

    def process(self) -> tuple[str, int]:
        return platform.node(), os.getpid()

    def run(self, job: bytes) -> bytes:
        """Runs a pickled job. Bytes come and go, since Ray's own pickling costs 0.1 ms more a job."""
        unpickled: Job = pickle.loads(job)  # noqa: S301 - from the driver, as everything Ray unpickles here
        return pickle.dumps(self._evaluate(unpickled, self._space, self._data, self._device))


@dataclass(frozen=True, eq=False, slots=True)
class _Slot:
    """One actor, and the answer to its first call, which comes when it is up."""

    worker: Any  # an actor's methods get their `remote` when the program runs
    process: "ray.ObjectRef[tuple[str, int]]"
    created: float

    def find_process(self) -> tuple[str, int] | None:
        """Returns host and process id of a worker that has started, else None."""
        if not ray.wait([self.process], timeout=0)[0]:
            return None
        with suppress(RayError):
            return ray.get(self.process)
        return None


class RayPool(Pool):
    """`workers` actors, each on one processor or on a share `gpus_per_worker` from 0 to 1 of a GPU.

    Starting them goes on in the background: the first `wait` finds them ready or not. `plugin_modules` are sent to the
    workers by value, since these may not be able to import a user's own file.

    Raises `ResourceError` where there are fewer GPUs, or processors of a cluster, than asked for, and `PoolError` where
    Ray cannot be started or reached.
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
    ) -> None:
        self._gpus_per_worker = gpus_per_worker
        self._runtime = _start(address, workers, gpus_per_worker, data)
        for module in plugin_modules:
            register_pickle_by_value(module)  # type: ignore[no-untyped-call]
        self._actor = ray.remote(_Worker).options(
            num_cpus=1,
            num_gpus=gpus_per_worker,
            max_restarts=0,
            max_task_retries=0,
            enable_task_events=False,  # a log of calls that nobody would read
        )
        self._arguments = (evaluate, space, ray.put(data), "cuda:0" if gpus_per_worker else "cpu")
        self._failed_starts = 0
        self._closed = False
        self._idle = [self._new_slot() for _ in range(workers)]
        self._calls: dict[ray.ObjectRef[bytes], tuple[_Slot, Job]] = {}
        self._slots = workers

    @property
    def slots(self) -> int:  # noqa: D102
        return self._slots

    @property
    def running(self) -> frozenset[int]:  # noqa: D102
        return frozenset(job.job_id for _, job in self._calls.values())

    def submit(self, job: Job) -> None:  # noqa: D102
        require_free_slot(self, job, closed=self._closed)
        slot = self._idle.pop()
        self._calls[slot.worker.run.remote(pickle.dumps(job))] = slot, job

    def wait(self, timeout_seconds: float | None = None) -> Sequence[Outcome]:  # noqa: D102
        deadline = math.inf if timeout_seconds is None else time.monotonic() + timeout_seconds
        ready: list[ray.ObjectRef[bytes]] = []
        while self._calls and not ready:
            seconds = max(0.0, min(TICK_SECONDS, deadline - time.monotonic()))
            ready, pending = ray.wait(list(self._calls), num_returns=1, timeout=seconds)
            if ready and pending:
                ready += ray.wait(pending, num_returns=len(pending), timeout=0)[0]
            elif not ready:
                self._require_worker()
                if time.monotonic() >= deadline:
                    break
        return [self._finish(call) for call in ready]

    def close(self) -> None:  # noqa: D102
        if self._closed:
            return
        self._closed = True
        slots = self._idle + [slot for slot, _ in self._calls.values()]
        processes = [process for slot in slots if (process := slot.find_process())]
        for slot in slots:
            ray.kill(slot.worker)
        self._idle, self._calls = [], {}
        if self._runtime:
            self._runtime.stop()
        _wait_until_gone(pid for host, pid in processes if host == platform.node())

    def now(self) -> float:  # noqa: D102
        return time.monotonic()

    def _new_slot(self) -> _Slot:
        worker: Any = self._actor.remote(*self._arguments)
        return _Slot(worker, worker.process.remote(), time.monotonic())

    def _finish(self, call: "ray.ObjectRef[bytes]") -> Outcome:
        """Returns what became of a call that has ended and frees its slot, with a fresh worker where one is needed."""
        slot, job = self._calls[call]
        try:
            outcome: Outcome = pickle.loads(ray.get(call))  # noqa: S301 - from a worker of this pool
        except RayError as error:
            outcome = _failed_outcome(job, error)
        self._idle.append(self._replaced(slot, outcome) if self._is_unsound(outcome) else slot)
        del self._calls[call]
        return outcome

    def _is_unsound(self, outcome: Outcome) -> bool:
        """Whether the worker may be gone, still hold the memory that ran out, or a CUDA context that a fault spoilt."""
        return outcome.failure in (FailureKind.WORKER_LOST, FailureKind.OUT_OF_MEMORY) or (
            outcome.failure is FailureKind.ERROR and self._gpus_per_worker > 0
        )

    def _replaced(self, slot: _Slot, outcome: Outcome) -> _Slot:
        self._failed_starts = 0 if slot.find_process() else self._failed_starts + 1
        ray.kill(slot.worker)
        if self._failed_starts >= START_ATTEMPTS:
            reason = _one_line(outcome.error_text)
            raise PoolError(
                f"{self._failed_starts} workers in a row ended before they were ready; the last: {reason}"
            )
        return self._new_slot()

    def _require_worker(self) -> None:
        """Raises `PoolError` where no worker with a job is up and one has been starting for too long."""
        slots = [slot for slot, _ in self._calls.values()]
        oldest = min(slot.created for slot in slots)
        if time.monotonic() > oldest + START_SECONDS and not any(slot.find_process() for slot in slots):
            raise PoolError(
                f"expected one of {len(slots)} workers to be up within {START_SECONDS:g} s, got none; see whether Ray "
                "is still running and other programs hold its processors or GPUs"
            )


def _start(
    address: str | None, workers: int, gpus_per_worker: float, data: ImageData
) -> LocalRay | _Connection | None:
    """Starts or joins Ray, and returns what is to be stopped: None where Ray ran in this process already."""
    needed_gpus = _gpus_for(workers, gpus_per_worker)
    if address is None and not ray.is_initialized():
        gpus = _count_gpus() if needed_gpus else 0
        _require("GPU", needed_gpus, gpus, "this machine")
        return LocalRay(cpus=workers, gpus=gpus, object_store_bytes=_size(data) + OBJECT_STORE_SPARE_BYTES)
    connection = None if address is None or ray.is_initialized() else _join(address)
    try:
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        _require("CPU", workers, int(resources.get("CPU", 0)), "the Ray cluster")
        _require("GPU", needed_gpus, int(resources.get("GPU", 0)), "the Ray cluster")
    except ResourceError:
        if connection:
            connection.stop()
        raise
    return connection


def _gpus_for(workers: int, gpus_per_worker: float) -> int:
    """Returns how many GPUs hold the workers, none of which may span two."""
    return math.ceil(workers / math.floor(1 / gpus_per_worker)) if gpus_per_worker else 0


def _require(unit: str, needed: int, present: int, place: str) -> None:
    if needed > present:
        plural = "" if needed == 1 else "s"
        raise ResourceError(
            f"the workers need {needed} {unit}{plural}, {place} has {present}; ask for fewer workers or less for each"
        )


def _join(address: str) -> _Connection:
    host, _, port = address.rpartition(":")
    if host and "/" not in host and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), REACH_SECONDS).close()
        except OSError as error:
            raise PoolError(f"no Ray cluster answers at {address}: {error}") from error
    return _Connection(address)


def _count_gpus() -> int:
    import torch

    return torch.cuda.device_count()


def _size(data: ImageData) -> int:
    return sum(part.images.nbytes + part.labels.nbytes for part in (data.train, data.validation))


def _short_directory() -> str:
    """Returns where temporary files go, unless its name is too long: the sockets that Ray puts there have 107 bytes."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= 20 else "/tmp"


def _wait_until_gone(processes: Iterable[int]) -> None:
    """Waits for processes of this machine to end, so that what comes next finds the GPU's memory free."""
    alive = [psutil.Process(pid) for pid in processes if psutil.pid_exists(pid)]
    psutil.wait_procs(alive, CLOSE_SECONDS)


def _failed_outcome(job: Job, error: RayError) -> Outcome:
    kind = next(kind for kind_of_error, kind in KIND_OF_ERROR if isinstance(error, kind_of_error))
    return Outcome(job.job_id, failure=kind, error_text=str(error)[-ERROR_TEXT_LIMIT:])


def _one_line(error: object) -> str:
    """Returns what Ray says on many lines as one that is not too long: how it begins and how it ends."""
    text = " ".join(str(error).split())
    return text if len(text) <= 600 else f"{text[:200]} ... {text[-400:]}"
