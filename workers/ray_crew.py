"""The workers of a pool, as the host process keeps them: actors, the jobs they do, and those that wait for one.

A job is given to an actor that is up, never to one that is still to come: where a node is gone the others do its share.
Nothing is run twice here, Ray's own restarts are off: a job whose actor is gone ends, and whoever submitted it decides.
"""

import math
import os
import pickle
import signal
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
from workers.pool import Beat
from workers.ray_actor import BEAT, END, GROUPS, Actor, Life, Place, here, is_alive
from workers.ray_errors import kind_of
from workers.ray_protocol import Answer, Ended, Failed, Heard, Said, Settings, Submit, one_line
from workers.ray_runtime import Nodes
from workers.supervision import Supervision

START_ATTEMPTS = 3
TICK_SECONDS = 1.0
REMEMBER_SECONDS = 60.0
"""So long are the processes remembered that ended last, for which the next ones wait."""
UNSOUND = frozenset(FailureKind) - {
    FailureKind.DIVERGED,
    FailureKind.CONSTANT,
    FailureKind.DATA,
    FailureKind.OVER_LIMIT,
    FailureKind.ERROR,
}
"""After these the worker is gone, or may still hold the memory that ran out."""


@dataclass(eq=False, slots=True)
class Member:
    """One actor."""

    handle: Any
    """Its methods get their `remote` when the program runs."""
    created: float
    life: Life | None = None
    """None until it is up."""
    job: Submit | None = None
    beat_at: float = -math.inf
    """When it was last asked for a sign of life; infinite while it owes one."""
    was_missing: bool = False
    """Whether its process was not there at the last look."""


Handler = Callable[[Member, Any, BaseException | None], None]


class Crew:
    """Does jobs with `settings.workers` actors. All methods but `begun` are called on one thread."""

    def __init__(
        self, settings: Settings, data: ImageData, send: Callable[[Answer], None], wake: Callable[[], None]
    ) -> None:
        """`send` takes what the pool is to hear; `wake`, called on any thread, has `work` called soon."""
        self._settings, self._send, self._wake = settings, send, wake
        remote: Any = ray.remote  # whose stubs know only some of its options
        self._actor = remote(
            num_cpus=1,
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
        self._failed_starts = 0
        self._tick_seconds = min(TICK_SECONDS, settings.patience.beat / 2, settings.patience.silence / 4)
        self._ticked = self._said = self._short_since = time.monotonic()
        self._judge_from = -math.inf
        for _ in range(settings.workers):
            self._hire()

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

    def begun(self) -> frozenset[int]:
        """Returns the ids of the jobs that workers have. May be called on any thread."""
        return frozenset(member.job.job_id for member in tuple(self._members) if member.job is not None)

    def dismiss_all(self) -> None:
        """Ends all workers, whatever they do."""
        for member in list(self._members):
            self._dismiss(member)

    def _hire(self) -> None:
        now = time.monotonic()
        while self._gone and now - self._gone[0][0] > REMEMBER_SECONDS:
            self._gone.popleft()
        settings = self._settings
        device = "cuda:0" if settings.gpus_per_worker else "cpu"
        before = tuple(place for _, place in self._gone)
        handle = self._actor.remote(settings.child, self._data, device, settings.patience, before)
        member = Member(handle, now)
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
        self._failed_starts = 0
        self._short_since = time.monotonic()
        end = member.handle.asked_to_end.options(concurrency_group=END).remote()
        self._call(member, end, self._asked_to_end)
        self._idle.append(member)
        self._hand_out()

    def _start_failed(self, member: Member, error: BaseException) -> None:
        self._dismiss(member)
        if kind_of(error) is not FailureKind.NODE_LOST:
            self._failed_starts += 1
        if self._failed_starts >= START_ATTEMPTS:
            text = f"{self._failed_starts} workers in a row ended before they were ready; the last: {one_line(error)}"
            self._send(Failed(PoolError, text))
            self._failed_starts = 0
        self._hire()

    def _hand_out(self) -> None:
        while self._jobs and self._idle:
            member, job = self._idle.pop(), self._jobs.popleft()
            member.job = job
            self._supervision.begin(member, time.monotonic())
            self._call(member, member.handle.run.remote(job.job), self._ended)

    def _ended(self, member: Member, outcome: Any, error: BaseException | None) -> None:
        if error is not None:
            self._lose(member, kind_of(error), str(error))
            return
        failure: FailureKind | None = pickle.loads(outcome).failure  # noqa: S301 - from a worker of this pool
        job = self._release(member)
        self._send(Ended(job.job_id, job.token, outcome))
        if failure in UNSOUND or (failure is FailureKind.ERROR and self._settings.gpus_per_worker):
            self._dismiss(member)
            self._hire()
        else:
            self._idle.append(member)
        self._hand_out()

    def _lose(self, member: Member, kind: FailureKind, text: str) -> None:
        """Ends a worker and its job, which fails so, or by the loss of its node: workers die before that is known."""
        name = ""
        if member.life is not None:
            name = member.life.name
            if kind is FailureKind.WORKER_LOST and not self._nodes.answers(member.life.node):
                kind = FailureKind.NODE_LOST
        job = self._release(member)
        failed = Outcome(
            job.job_id, failure=kind, error_text=text[-ERROR_TEXT_LIMIT:], worker=name, token=job.token
        )
        self._send(Ended(job.job_id, job.token, pickle.dumps(failed)))
        self._dismiss(member)
        self._hire()

    def _release(self, member: Member) -> Submit:
        job = member.job
        if job is None:
            raise RuntimeError("an outcome came of a worker that had no job")
        member.job, member.was_missing = None, False
        self._supervision.end(member)
        return job

    def _tick(self, now: float) -> None:
        patience = self._settings.patience
        if now - self._ticked > max(2 * patience.beat, 5 * self._tick_seconds):
            # This process stood still, or nobody took what it sends: nobody was asked for signs of life meanwhile.
            self._judge_from = now + patience.beat + patience.silence / 2
            for member in self._members:
                self._supervision.beat(member, now)
        self._ticked = now
        for member in list(self._members):
            self._look_at(member, now)
        if now >= self._judge_from:
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
        place = member.life.place
        if place.machine != self._machine or is_alive(place.pid):
            return
        if (
            member.was_missing
        ):  # Ray had a whole tick to say why; it waits for ever where a child has its sockets
            self._give_up(member, FailureKind.WORKER_LOST, f"process {place.pid} of the worker is gone")
        member.was_missing = True

    def _asked_to_end(self, member: Member, _: Any, error: BaseException | None) -> None:
        if error is None:  # else it is gone, which its job or its sign of life says as well
            self._give_up(member, FailureKind.PREEMPTED, "the worker was asked to end, by SIGTERM")

    def _give_up(self, member: Member, kind: FailureKind, text: str) -> None:
        """Ends a worker, and its job where it has one."""
        if member.job is not None:
            self._lose(member, kind, text)
        else:
            self._dismiss(member)
            self._hire()

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
        coming = [member for member in self._members if member.life is None]
        if not (self._jobs and coming):
            self._short_since = self._said = now
            return
        seconds, settings = now - self._short_since, self._settings
        if (
            settings.address is None
            and len(coming) == len(self._members)
            and seconds > settings.start_seconds
        ):
            text = (
                f"expected one of {len(coming)} workers to be up within {settings.start_seconds:g} s, got none; "
                "see whether other programs hold the processors, the memory or the GPUs of this machine"
            )
            self._send(Failed(PoolError, text))
        if now - self._said >= settings.say_seconds:
            self._said = now
            self._send(Said(self._waiting_text(len(coming), seconds)))

    def _waiting_text(self, coming: int, seconds: float) -> str:
        settings = self._settings
        gpu = f" and {settings.gpus_per_worker:g} GPU" if settings.gpus_per_worker else ""
        what = "a worker to start" if settings.address is None else f"a node with 1 CPU{gpu}"
        up = settings.workers - coming
        return f"waiting for {what}: {up} of {settings.workers} workers are up, {seconds:.0f} s so far"
