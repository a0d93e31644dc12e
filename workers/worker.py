"""What runs inside a worker process: one job after the other, each with an outcome, and signs of life meanwhile.

The same for the processes of `workers.process_pool` and for Ray's actors. Two threads use a `Worker`: the main one runs
jobs, another one takes beats. A third, started by `settle`, notices that the process stood still.
"""

import os
import pickle
import signal
import sys
import threading
import time
from dataclasses import replace

import psutil

from search_spaces.space import Space
from workers.data.images import ImageData
from workers.error_text import plain_text
from workers.job import EpochReport, FailureKind, Job, Outcome
from workers.plain import plain_outcome, plain_report
from workers.pool import Beat, Evaluate, Patience
from workers.process import adopt_orphans, end_children, end_with_parent, worker_name

STOOD_STILL_EXIT = 77
"""What a worker exits with where it was stopped for so long that its job has been given to another."""
LOOKS_IN_SILENCE = 8
"""How often within `Patience.silence` a worker looks whether it stood still."""


class Worker:
    """What a worker keeps from job to job: how to evaluate, the space, the pictures, its device.

    The constructor changes nothing of the process; whoever owns the process calls `settle` once.
    """

    def __init__(
        self, evaluate: Evaluate, space: Space, data: ImageData, device: str, patience: Patience
    ) -> None:
        self.name = worker_name(device)
        self._evaluate, self._space, self._data, self._device = evaluate, space, data, device
        self._silence = patience.silence
        self._process = psutil.Process()
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._epochs: list[EpochReport] = []
        self._seen = time.monotonic()
        self._is_settled = False

    def settle(self, parent: int | None = None) -> None:
        """Makes this process a worker: it dies with its parent, leads its own group, and ends where it stood still.

        From then on all that a job has started and left running is killed at its end.

        Called on the main thread. Ctrl-C goes to every process of a terminal, and is the driver's to deal with.
        `parent` is its process id, for which see `end_with_parent`.
        """
        if os.getpgrp() != os.getpid():
            os.setpgid(0, 0)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end_with_parent(parent)
        adopt_orphans()
        self._is_settled = True
        self._seen = time.monotonic()
        threading.Thread(target=self._watch, name="standstill-watch", daemon=True).start()

    def run(self, job: Job) -> Outcome:
        """Returns what became of the job, in plain values, with its token and this worker's name; raises nothing.

        A child that calls `sys.exit`, or raises what Ctrl-C raises, has failed like any other.
        """
        with self._lock:
            self._job, self._epochs = job, []
        try:
            outcome = self._evaluated(job)
        except BaseException as error:  # noqa: BLE001 - process border: any fault of a child is its outcome
            outcome = failed_outcome(job, error)
        with self._lock:
            self._job = None
        if self._is_settled:
            end_children()
        self._end_if_stood_still()
        return replace(outcome, job_id=job.job_id, token=job.token, worker=outcome.worker or self.name)

    def run_pickled(self, job: bytes) -> bytes:
        """Does the same with a pickled job and returns the pickled outcome."""
        return pickle.dumps(self.run(pickle.loads(job)))  # noqa: S301 - from the driver that started this process

    def beat(self) -> Beat:
        """Returns a sign of life, with the epochs since the last one; called from another thread than `run`.

        Where one of the epochs has a saved state, those after it are left for the next beat.
        """
        with self._lock:
            job, epochs = self._job, self._take_epochs()
        return Beat(
            self.name,
            job_id=None if job is None else job.job_id,
            token="" if job is None else job.token,
            epochs=epochs,
            memory_bytes=self._process.memory_info().rss,
            gpu_memory_bytes=_gpu_memory_bytes(self._device),
        )

    def _evaluated(self, job: Job) -> Outcome:
        return plain_outcome(
            self._evaluate(job, self._space, self._data, self._device, lambda r: self._report(job, r))
        )

    def _report(self, job: Job, given: EpochReport) -> None:
        report = plain_report(given)
        with self._lock:
            if self._job is job:  # a thread that a child left behind may report later
                if report.saved:
                    self._epochs = [replace(earlier, saved=b"") for earlier in self._epochs]
                self._epochs.append(report)

    def _take_epochs(self) -> tuple[EpochReport, ...]:
        if self._job is None:
            return ()
        saved = [place for place, report in enumerate(self._epochs, start=1) if report.saved]
        count = saved[-1] if saved else len(self._epochs)
        taken, self._epochs = self._epochs[:count], self._epochs[count:]
        return tuple(taken)

    def _watch(self) -> None:
        while True:
            time.sleep(min(1.0, self._silence / LOOKS_IN_SILENCE))
            self._end_if_stood_still()

    def _end_if_stood_still(self) -> None:
        """Ends the process where its watch has not come to look for longer than the driver is patient.

        Whoever stopped it (SIGSTOP, a frozen machine), its job has been given to another worker since.
        """
        now = time.monotonic()
        if now - self._seen > self._silence:
            os._exit(STOOD_STILL_EXIT)
        self._seen = now


def failed_outcome(job: Job, error: BaseException) -> Outcome:
    """Returns the outcome of a job whose evaluation raised, in plain text that any database takes."""
    kind = FailureKind.OUT_OF_HOST_MEMORY if isinstance(error, MemoryError) else FailureKind.ERROR
    return Outcome(job.job_id, failure=kind, error_text=plain_text(error))


def _gpu_memory_bytes(device: str) -> int | None:
    """Returns what torch has allocated on the device; None on the CPU, or before torch is there."""
    torch = sys.modules.get("torch")
    if torch is None or not device.startswith("cuda") or not torch.cuda.is_initialized():
        return None
    return int(torch.cuda.memory_allocated(device))
