"""The workers of a pool, as the host process keeps them: actors, the jobs they do, and those that wait for one.

A job is given to an actor that is up, never to one that is still to come: where a node is gone the others do its share.
No attempt at a job is begun twice, Ray's own restarts are off: a job whose actor is gone ends, and whoever submitted it
decides.
"""

import math
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import ray

from workers.data.images import ImageData
from workers.errors import PoolError
from workers.job import ERROR_TEXT_LIMIT, FailureKind, Outcome
from workers.plain import MessageError, read_message
from workers.pool import Beat
from workers.process import is_alive, one_line
from workers.ray_actor import BEAT, END, GROUPS, Actor, Life, Place, here
from workers.ray_errors import kind_of
from workers.ray_protocol import Alive, Answer, Attempt, Ended, Failed, Heard, Said, Settings, Submit
from workers.ray_runtime import Nodes
from workers.supervision import Attention, Supervision

START_ATTEMPTS = 3
TICK_SECONDS = 1.0
REMEMBER_SECONDS = 60.0
"""So long are the processes remembered that ended last, for which the next ones wait."""
LONGEST_REST_SECONDS = 30.0
FIRST_REST_SECONDS = 0.1
"""Between two starts of a worker that did not come up; doubled from one to the next."""
SOUND = frozenset(
    {None, FailureKind.DIVERGED, FailureKind.CONSTANT, FailureKind.DATA, FailureKind.OVER_LIMIT}
)
"""After these a worker is as it was. After others it is gone, or may still hold the memory that ran out, or is left
with what a child did to its process before it raised."""


@dataclass(eq=False, slots=True)
class Member:
    """One actor."""

    handle: Any
    """Its methods get their `remote` when the program runs."""
    created: float
    failed_starts: int
    """How many before it, in a row, did not come up."""
    life: Life | None = None
    """None until it is up."""
    job: Submit | None = None
    beat_at: float = -math.inf
    """When it was last asked for a sign of life; infinite while it owes one."""
    was_missing: bool = False
    """Whether its process was not there at the last look."""


Handler = Callable[[Member, Any, BaseException | None], None]


class Crew:
    """Does jobs with actors, as many as `settings` or `resize` say. All methods but `stop` are for one thread."""

    def __init__(
        self, settings: Settings, data: ImageData, send: Callable[[Answer], None], wake: Callable[[], None]
    ) -> None:
        """`send` takes what the pool is to hear; `wake`, called on any thread, has `work` called soon."""
        self._settings, self._send, self._wake = settings, send, wake
        self._workers = settings.workers
        remote: Any = ray.remote  # whose stubs know only some of its options
        self._actor = remote(
            num_cpus=int(settings.address is not None),  # a Ray of our own has room for as many as are wanted
            num_gpus=settings.gpus_per_worker,
            max_restarts=0,
            max_task_retries=0,
            enable_task_events=False,  # a log of calls that nobody would read
            concurrency_groups=GROUPS,
        )(Actor)
        self._data = ray.put(data)
        self._nodes, self._machine = Nodes(), here().machine
        self._events: deque[tuple[Handler, Member, Any]] = deque()
        self._members: dict[Member, None] = {}
        self._idle: list[Member] = []
        self._jobs: deque[Submit] = deque()
        self._gone: deque[tuple[float, Place]] = deque()
        self._supervision: Supervision[Member] = Supervision(settings.patience)
        self._resting: list[tuple[float, int]] = []
        """When a worker is to be started in a place, and how often in a row that has failed."""
        self._handing_out, self._is_stopped = threading.Lock(), False
        self._tick_seconds = min(TICK_SECONDS, settings.patience.beat / 2, settings.patience.silence / 4)
        self._ticked = self._said = self._short_since = self._sent_alive = time.monotonic()
        self._attention = Attention(settings.patience, self._ticked)
        self._refill()

    def resize(self, workers: int) -> None:
        """Starts workers, or ends those of which there are too many: busy ones when they have done their job."""
        self._workers = workers
        self._trim()
        self._refill()

    def take(self, job: Submit) -> None:
        """Gives the job to a worker that is free, or keeps it until one is."""
        self._jobs.append(job)
        self._hand_out()

    def work(self) -> float:
        """Does what has come up; returns after how many seconds it is to be called again without being woken."""
        while self._events:
            handler, member, future = self._events.popleft()
            if member in self._members:
                error = future.exception()
                handler(member, None if error else future.result(), error)
        now = time.monotonic()
        if now >= self._ticked + self._tick_seconds:
            self._tick(now)
        return max(0.0, self._ticked + self._tick_seconds - time.monotonic())

    def stop(self) -> frozenset[Attempt]:
        """Hands out nothing any more; returns what workers have. May be called on any thread."""
        with self._handing_out:
            self._is_stopped = True
            jobs = [member.job for member in tuple(self._members)]
        return frozenset((job.job_id, job.token) for job in jobs if job is not None)

    def dismiss_all(self) -> None:
        """Ends all workers, whatever they do."""
        for member in list(self._members):
            self._dismiss(member)

    @property
    def _places(self) -> int:
        """How many workers there are, or are to be started again."""
        return len(self._members) + len(self._resting)

    def _refill(self) -> None:
        while self._places < self._workers:
            self._hire()

    def _trim(self) -> None:
        """Ends workers of which there are too many and that have no job: first those that are not up."""
        while self._places > self._workers and self._resting:
            self._resting.pop()
        surplus = max(0, self._places - self._workers)
        free = [member for member in self._members if member.job is None] if surplus else []
        for member in sorted(free, key=lambda member: member.life is not None)[:surplus]:
            self._dismiss(member)

    def _hire(self, failed_starts: int = 0) -> None:
        now = time.monotonic()
        while self._gone and now - self._gone[0][0] > REMEMBER_SECONDS:
            self._gone.popleft()
        settings = self._settings
        device = "cuda:0" if settings.gpus_per_worker else "cpu"
        before = tuple(place for _, place in self._gone)
        handle = self._actor.remote(settings.child, self._data, device, settings.patience, before)
        member = Member(handle, now, failed_starts)
        self._members[member] = None
        self._call(member, handle.life.remote(), self._came_up)

    def _dismiss(self, member: Member) -> None:
        """Ends a worker for good, with what it has started itself where that can be reached."""
        del self._members[member]
        self._supervision.end(member)
        if member in self._idle:
            self._idle.remove(member)
        ray.kill(member.handle)
        if member.life is None:
            return
        place = member.life.place
        self._gone.append((time.monotonic(), place))
        if place.machine == self._machine:
            with suppress(ProcessLookupError):
                os.killpg(place.pid, signal.SIGKILL)

    def _call(self, member: Member, reference: Any, handler: Handler) -> None:
        """Has `handler` called, within `work`, with what the call returns or raises."""

        def note(future: Any) -> None:
            self._events.append((handler, member, future))
            self._wake()

        reference.future().add_done_callback(note)

    def _came_up(self, member: Member, life: Any, error: BaseException | None) -> None:
        if error is not None:
            self._start_failed(member, error)
            return
        member.life = life
        self._nodes.learn(member.life.node)
        member.failed_starts = 0
        self._short_since = time.monotonic()
        end = member.handle.asked_to_end.options(concurrency_group=END).remote()
        self._call(member, end, self._asked_to_end)
        self._idle.append(member)
        self._hand_out()

    def _start_failed(self, member: Member, error: BaseException) -> None:
        self._dismiss(member)
        if self._places >= self._workers:
            return
        failed = member.failed_starts + (kind_of(error) is not FailureKind.NODE_LOST)
        rest = min(FIRST_REST_SECONDS * 2**failed, LONGEST_REST_SECONDS)
        self._resting.append((time.monotonic() + rest, failed))
        counts = [count for _, count in self._resting] + [other.failed_starts for other in self._members]
        if min(counts) >= START_ATTEMPTS:  # that of a worker that is up is 0
            text = f"{sum(counts)} workers in a row ended before they were ready; the last: {one_line(error)}"
            self._send(Failed(PoolError, text))

    def _hire_rested(self, now: float) -> None:
        rested = [failed for due, failed in self._resting if due <= now]
        self._resting = [(due, failed) for due, failed in self._resting if due > now]
        for failed in rested:
            self._hire(failed)

    def _hand_out(self) -> None:
        while self._jobs and self._idle:
            member = self._idle[-1]
            if self._is_missing(member):
                self._give_up(member, FailureKind.WORKER_LOST, "")
                continue
            with self._handing_out:
                if self._is_stopped:
                    return
                member.job = job = self._jobs.popleft()
            self._idle.pop()
            self._supervision.begin(member, time.monotonic())
            self._call(member, member.handle.run.remote(job.job), self._ended)

    def _ended(self, member: Member, pickled: Any, error: BaseException | None) -> None:
        if error is not None:
            self._lose(member, kind_of(error), str(error))
            return
        outcome = _opened(self._job_of(member), pickled)
        self._end_job(member, outcome)
        if outcome.failure in SOUND:
            self._idle.append(member)
            self._trim()
        else:
            self._dismiss(member)
            self._refill()
        self._hand_out()

    def _lose(self, member: Member, kind: FailureKind, text: str) -> None:
        """Ends a worker and its job, which fails so, or by the loss of its node: workers die before that is known."""
        name = ""
        if member.life is not None:
            name = member.life.name
            if kind is FailureKind.WORKER_LOST and not self._nodes.answers(member.life.node):
                kind = FailureKind.NODE_LOST
        self._end_job(member, _failed(self._job_of(member), kind, text, name))
        self._dismiss(member)
        self._refill()

    def _end_job(self, member: Member, outcome: Outcome) -> None:
        """Sends the outcome first: a job that no worker has, and of which nothing is said, would be begun again."""
        self._send(Ended(outcome))
        member.job, member.was_missing = None, False
        self._supervision.end(member)

    def _job_of(self, member: Member) -> Submit:
        if member.job is None:
            raise RuntimeError("an outcome came of a worker that had no job; this is a fault of the pool")
        return member.job

    def _tick(self, now: float) -> None:
        # After a break this process stood still, or nobody took what it sends: nobody was asked for signs of life.
        self._supervision.pause(now, self._attention.missed(now))
        self._ticked = now
        if now - self._sent_alive >= TICK_SECONDS:
            self._sent_alive = now
            self._send(Alive())
        self._hire_rested(now)
        for member in list(self._members):
            self._look_at(member, now)
        if self._attention.may_judge(now):
            for overdue in self._supervision.overdue(now):
                self._lose(overdue.key, overdue.failure, overdue.text)
        self._complain(now)

    def _look_at(self, member: Member, now: float) -> None:
        if member.life is None:
            return
        if now - member.beat_at >= self._settings.patience.beat:
            member.beat_at = math.inf
            beat = member.handle.beat.options(concurrency_group=BEAT).remote()
            self._call(member, beat, partial(self._heard, now))
        if not self._is_missing(member):
            return
        if (
            member.was_missing
        ):  # Ray had a whole tick to say why; it waits for ever where a child has its sockets
            text = f"process {member.life.place.pid} of the worker is gone"
            self._give_up(member, FailureKind.WORKER_LOST, text)
        member.was_missing = True

    def _is_missing(self, member: Member) -> bool:
        """Returns whether the process of a worker on this machine has ended."""
        if member.life is None or member.life.place.machine != self._machine:
            return False
        return not is_alive(member.life.place.pid)

    def _asked_to_end(self, member: Member, _: Any, error: BaseException | None) -> None:
        if error is None:
            self._give_up(member, FailureKind.PREEMPTED, "the worker was asked to end, by SIGTERM")
        elif member.job is None:  # else its job says what became of it
            self._give_up(member, FailureKind.WORKER_LOST, "")

    def _give_up(self, member: Member, kind: FailureKind, text: str) -> None:
        """Ends a worker, and its job where it has one."""
        if member.job is not None:
            self._lose(member, kind, text)
        else:
            self._dismiss(member)
            self._refill()

    def _heard(self, asked: float, member: Member, beat: Any, error: BaseException | None) -> None:
        member.beat_at = asked
        if error is not None:  # what became of the worker its job says, or the look at its process
            if member.job is None:
                self._give_up(member, FailureKind.WORKER_LOST, "")
            return
        sign: Beat = beat
        if member.job is not None and sign.token == member.job.token:
            self._supervision.beat(member, time.monotonic(), len(sign.epochs))
        self._send(Heard(sign))

    def _complain(self, now: float) -> None:
        """Says what jobs wait for, and gives up where nothing comes up on this machine."""
        settings = self._settings
        up = sum(member.life is not None for member in self._members)
        if not self._jobs or up >= self._workers:
            self._short_since = self._said = now
            return
        seconds = now - self._short_since
        if settings.address is None and not up and seconds > settings.start_seconds:
            text = (
                f"expected one of {self._workers} workers to be up within {settings.start_seconds:g} s, got none; "
                "see whether other programs hold the processors, the memory or the GPUs of this machine"
            )
            self._send(Failed(PoolError, text))
        if now - self._said >= settings.say_seconds:
            self._said = now
            self._send(Said(self._waiting_text(up, seconds)))

    def _waiting_text(self, up: int, seconds: float) -> str:
        settings = self._settings
        gpu = f" and {settings.gpus_per_worker:g} GPU" if settings.gpus_per_worker else ""
        what = "a worker to start" if settings.address is None else f"a node with 1 CPU{gpu}"
        return f"waiting for {what}: {up} of {self._workers} workers are up, {seconds:.0f} s so far"


def _opened(job: Submit, pickled: bytes) -> Outcome:
    """Returns the outcome of a job; what cannot be read is a fault of the child."""
    try:
        message = read_message(pickled)
    except MessageError as error:
        return _failed(job, FailureKind.ERROR, str(error))
    if not isinstance(message, Outcome):
        return _failed(job, FailureKind.ERROR, f"expected an outcome, got {type(message).__name__}")
    return message


def _failed(job: Submit, kind: FailureKind, text: str, worker: str = "") -> Outcome:
    end = text[-ERROR_TEXT_LIMIT:]
    return Outcome(job.job_id, failure=kind, error_text=end, worker=worker, token=job.token)
