"""A pool of processes of this machine: no Ray, no cluster, started in a third of a second where no torch is needed.

A worker is a fresh Python, never a fork of the driver. It keeps its process, its CUDA context and the pictures from job
to job; these lie once in memory for all of them. Nothing is retried here: a worker that is gone ends its job, and
whoever submitted the job decides. What a worker prints goes nowhere, see `workers.process_main`.

| seen                                      | outcome                        | then                                  |
|-------------------------------------------|--------------------------------|---------------------------------------|
| the process has ended by SIGTERM          | `PREEMPTED`                    | its group is killed, a fresh worker   |
| the kernel has killed it for its memory   | `OUT_OF_HOST_MEMORY`           | the same                              |
| it has ended in any other way             | `WORKER_LOST`, with exit code  | the same                              |
| no sign of life for too long              | `WORKER_LOST`                  | the same                              |
| an epoch or the training takes too long   | `TIMEOUT`                      | the same                              |
| it sends what is no message               | `ERROR`                        | the same                              |
| memory ran out, or an error of a child    | the worker's                   | the same                              |
| any other failure of a child              | the worker's                   | the same process goes on              |

A fresh worker is started when all processes of the last one are gone and their GPU memory is free. A job goes to any
worker that is up and free; one whose worker ended before it had read the job goes to the next. Where in every place
workers end before they are up, again and again, or take too long for it, `wait` raises. Where there are to be fewer
workers, those in the last places end as soon as they have no job.
"""

import math
import pickle
import selectors
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from search_spaces.space import Space
from workers.data.images import ImageData
from workers.errors import PoolError
from workers.gpus import gpu_environments
from workers.job import FailureKind, Job, Outcome
from workers.memory_kills import memory_kills
from workers.plain import MessageError, read_message
from workers.pool import Beat, Evaluate, Patience, Pool, require_free_slot, require_size
from workers.process import one_line
from workers.process_handle import WorkerProcess
from workers.process_slot import Slot
from workers.shared import write_shared
from workers.supervision import Attention, Supervision

START_SECONDS = 180.0
"""So long may a worker take to be up: on a busy machine of two cores importing torch takes up to 15."""
START_ATTEMPTS = 3
SAY_SECONDS = 30.0
CLOSE_SECONDS = 10.0
LINK_SECONDS = 2.0
"""A process closes its files a moment before it has ended."""
TICK_SECONDS = 0.5
ENDING_TICK_SECONDS = 0.02

USUAL = Patience()
UNREAD_ATTEMPTS = 5
"""So many workers in a row may end with a job that they have not read, before it counts as lost."""
UNSOUND = frozenset(
    {FailureKind.OUT_OF_MEMORY, FailureKind.OUT_OF_HOST_MEMORY, FailureKind.TIMEOUT, FailureKind.ERROR}
)
"""Failures after which a process may hold the memory that ran out, or be left in any state."""


class ProcessPool(Pool):
    """`workers` processes, each on the CPU or on a share `gpus_per_worker` from 0 to 1 of a GPU.

    Starting them goes on in the background: the first `wait` finds them ready or not. `plugin_files` are run in every
    worker before anything else, so that what they define is known there. The thread that uses the pool has to live as
    long as the pool: on Linux the workers end with it.

    Raises `ResourceError` where there are fewer GPUs than asked for, `PoolError` where there is no room for the
    pictures. `wait` raises `PoolError` where no worker is up and none comes up; outcomes that are there are given back
    first.
    """

    def __init__(
        self,
        space: Space,
        data: ImageData,
        evaluate: Evaluate,
        *,
        workers: int = 2,
        gpus_per_worker: float = 0.0,
        patience: Patience = USUAL,
        plugin_files: Iterable[str | Path] = (),
    ) -> None:
        self._gpus_per_worker = gpus_per_worker
        environments = gpu_environments(workers, gpus_per_worker)
        device = "cuda:0" if gpus_per_worker > 0 else "cpu"
        plugins = tuple(str(Path(file).resolve()) for file in plugin_files)
        self._setup = _shared([plugins, (evaluate, space, data, device, patience)])
        self._supervision: Supervision[int] = Supervision(patience)
        self._attention = Attention(patience, time.monotonic())
        self._unread = 0
        self._waiting: deque[Job] = deque()
        self._done: list[Outcome] = []
        self._heard: deque[Beat] = deque()
        self._broken: str | None = None
        self._said = time.monotonic()
        self._closed = False
        self._count = workers
        self._slots = [Slot(self._setup.fileno(), environment) for environment in environments]
        """In order of place; those from `_count` on are to end."""

    @property
    def slots(self) -> int:  # noqa: D102
        return self._count

    @property
    def running(self) -> frozenset[int]:  # noqa: D102
        jobs = [*self._waiting, *(slot.job for slot in self._slots if slot.job is not None)]
        return frozenset(job.job_id for job in jobs)

    def resize(self, count: int) -> None:  # noqa: D102
        require_size(count, closed=self._closed)
        environments = gpu_environments(count, self._gpus_per_worker)  # those in use are the first of them
        self._count = count
        self._slots += [
            Slot(self._setup.fileno(), environment) for environment in environments[len(self._slots) :]
        ]
        self._leave(time.monotonic())

    def submit(self, job: Job) -> None:  # noqa: D102
        require_free_slot(self, job, closed=self._closed)
        self._waiting.append(job)
        self._hand_out(time.monotonic())

    def wait(self, timeout_seconds: float | None = None) -> Sequence[Outcome]:  # noqa: D102
        deadline = math.inf if timeout_seconds is None else time.monotonic() + timeout_seconds
        self._look()
        while self.running and not self._done:
            if self._broken is not None:
                raise PoolError(self._broken)
            if time.monotonic() >= deadline:
                break
            self._sleep(deadline)
            self._look()
        done, self._done = self._done, []
        return done

    def close(self) -> None:  # noqa: D102
        if self._closed:
            return
        self._closed = True
        self._waiting.clear()
        now = time.monotonic()
        for slot in self._slots:
            slot.end(now)
        while time.monotonic() < now + CLOSE_SECONDS and not all(slot.is_gone() for slot in self._slots):
            time.sleep(ENDING_TICK_SECONDS)
        self._setup.close()

    def now(self) -> float:  # noqa: D102
        return time.monotonic()

    def _look(self) -> None:
        """Takes in all that has happened, and does what follows from it."""
        if self._closed:
            return
        now = time.monotonic()
        self._supervision.pause(now, self._attention.missed(now))
        for place, slot in enumerate(self._slots):
            self._hear(place, slot)
        self._judge()
        now = time.monotonic()
        for place, slot in enumerate(self._slots):
            self._give_up_late(slot, now)
            slot.advance(now, self._on_wait, may_start=place < self._count)
        self._leave(now)
        self._check_starts()
        self._hand_out(now)
        self._say(now)
        while self._heard:  # at the end: where a listener raises, nothing else that was read is lost
            self._on_beat(self._heard.popleft())

    def _leave(self, now: float) -> None:
        """Ends workers of which there are too many and that have nothing to do; forgets their places."""
        for slot in self._slots[self._count :]:
            if slot.job is None:
                slot.end(now)
        while len(self._slots) > self._count and self._slots[-1].process is None:
            self._slots.pop()

    def _judge(self) -> None:
        """Kills what is overdue, all that was said until now having been heard."""
        now = time.monotonic()
        if not self._attention.may_judge(now):
            return
        for overdue in self._supervision.overdue(now):
            name = self._slots[overdue.key].name
            self._fail(overdue.key, overdue.failure, f"worker {name}: {overdue.text}")

    def _hear(self, place: int, slot: Slot) -> None:
        """Reads what a worker has sent; notices that it has ended."""
        process = slot.process
        if process is None or slot.is_ending:
            return
        has_ended = process.has_ended()  # asked first: what it had sent by then is read below
        process.link.flush()
        messages = process.link.receive()
        if process.link.has_heard:  # half a message is a sign of life too, of one whose state is large
            self._supervision.beat(place, time.monotonic())
        for message in messages:
            self._read(place, slot, message)
            if slot.is_ending:
                return
        if has_ended:
            self._lose(place, slot, process)
        elif process.link.is_broken:
            self._expect_end(place, slot)

    def _read(self, place: int, slot: Slot, message: bytes) -> None:
        try:
            read = read_message(message)
        except MessageError as error:
            self._fail(place, FailureKind.ERROR, f"worker {slot.name}: {error}; it was killed")
        else:
            self._take(place, slot, read)

    def _take(self, place: int, slot: Slot, message: Beat | Outcome) -> None:
        now = time.monotonic()
        if isinstance(message, Beat):
            self._take_beat(place, slot, message, now)
        elif slot.job is not None and _belongs(slot.job, message):
            self._supervision.end(place)
            self._done.append(message)
            slot.job, self._unread = None, 0
            if message.failure in UNSOUND:
                slot.end(now)

    def _take_beat(self, place: int, slot: Slot, beat: Beat, now: float) -> None:
        if slot.is_starting:
            slot.came_up(now, beat.worker)
        is_its = slot.job is not None and _belongs(slot.job, beat)
        self._supervision.beat(place, now, len(beat.epochs) if is_its else 0)
        if is_its or beat.job_id is None:
            self._heard.append(beat)

    def _lose(self, place: int, slot: Slot, process: WorkerProcess) -> None:
        """A worker has ended by itself, or something has ended it."""
        process.kill()
        words = process.last_words()
        if slot.is_starting:
            slot.start_failed(time.monotonic(), words)
        if slot.job is not None and process.link.left_unread and self._unread < UNREAD_ATTEMPTS:
            self._unread += 1
            self._waiting.appendleft(slot.job)
            slot.job = None
        self._fail(place, _kind_of_end(slot, process), f"worker {slot.name} {words}")

    def _expect_end(self, place: int, slot: Slot) -> None:
        """A worker's link is closed: a moment later its end is seen, unless a child closed what was not its own."""
        now = time.monotonic()
        if slot.link_lost is None:
            slot.link_lost = now
        elif now - slot.link_lost > LINK_SECONDS:
            self._fail(place, FailureKind.WORKER_LOST, f"worker {slot.name} closed its link to the driver")

    def _fail(self, place: int, failure: FailureKind, text: str) -> None:
        """Ends the job of a worker, where it has one, and the worker."""
        slot = self._slots[place]
        self._supervision.end(place)
        if slot.job is not None:
            outcome = Outcome(slot.job.job_id, failure=failure, error_text=text, worker=slot.name)
            self._done.append(replace(outcome, token=slot.job.token))
        slot.end(time.monotonic())

    def _give_up_late(self, slot: Slot, now: float) -> None:
        """Ends a worker that takes too long to be up."""
        if slot.is_starting and now - slot.since > START_SECONDS:
            slot.end(now)
            slot.start_failed(now, f"was not ready after {START_SECONDS:g} s")
            slot.was_late = True

    def _check_starts(self) -> None:
        """Gives up the pool where there is no hope in any place of it."""
        slots = self._slots[: self._count]
        if not all(slot.was_late or slot.failed_starts >= START_ATTEMPTS for slot in slots):
            return
        if all(slot.was_late for slot in slots):
            self._broken = (
                f"expected one of {len(slots)} workers to be up within {START_SECONDS:g} s, got none; "
                "see whether other programs keep the machine's processors and memory busy"
            )
        else:
            slot = max(slots, key=lambda slot: slot.failed_starts)
            self._broken = (
                f"{slot.failed_starts} workers in a row ended before they were ready; "
                f"the last {slot.last_words}"
            )

    def _hand_out(self, now: float) -> None:
        """Gives jobs that wait to workers that are up, have none and are to stay."""
        for place, slot in enumerate(self._slots[: self._count]):
            if not self._waiting:
                return
            if slot.is_free and slot.process is not None:
                slot.job = self._waiting.popleft()
                slot.kills_before = memory_kills()
                self._supervision.begin(place, now)
                slot.process.link.send(pickle.dumps(slot.job))

    def _say(self, now: float) -> None:
        """Says every now and then what jobs wait for."""
        if not self._waiting:
            self._said = now
        elif now - self._said >= SAY_SECONDS:
            self._said = now
            self._on_wait(self._wanted(now))

    def _wanted(self, now: float) -> str:
        slots = self._slots[: self._count]
        starting = [slot for slot in slots if slot.is_starting]
        if starting:
            waited = now - min(slot.since for slot in starting)
            return f"waiting for a worker to start, {waited:.0f} s so far, at most {START_SECONDS:g} s"
        ending = [slot for slot in slots if slot.is_ending]
        if ending:
            waited = now - min(slot.since for slot in ending)
            return f"waiting for a killed worker to end and free its memory, {waited:.0f} s so far"
        return "waiting for a worker to be started again"

    def _sleep(self, deadline: float) -> None:
        """Sleeps until a worker says something or ends, or something may be overdue."""
        now = time.monotonic()
        is_ending = any(slot.is_ending for slot in self._slots[: self._count])  # nobody waits for the others
        tick = ENDING_TICK_SECONDS if is_ending else TICK_SECONDS
        seconds = min(tick, deadline - now, max(0.01, self._supervision.next_look() - now))
        with selectors.DefaultSelector() as selector:
            for slot in self._slots:
                slot.register(selector)
            selector.select(max(0.0, seconds))


def _belongs(job: Job, message: Beat | Outcome) -> bool:
    """Whether a message is about this attempt at the job, and not about one that was given up."""
    return (job.job_id, job.token) == (message.job_id, message.token)


def _kind_of_end(slot: Slot, process: WorkerProcess) -> FailureKind:
    """Returns the failure of a job whose worker has ended by itself, or was ended by others."""
    if process.was_asked_to_end:
        return FailureKind.PREEMPTED
    if process.was_killed and memory_kills() > slot.kills_before:
        return FailureKind.OUT_OF_HOST_MEMORY
    return FailureKind.WORKER_LOST


def _shared(items: Iterable[object]) -> BinaryIO:
    try:
        return write_shared(items)
    except OSError as error:
        raise PoolError(
            f"what the workers share: expected room for it in memory, got {one_line(error)}; "
            "take fewer pictures, or free memory and open files"
        ) from error
