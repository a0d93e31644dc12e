"""A place of a `ProcessPool`: the worker that has it, its job, and what comes between one worker and the next.

    starting --first beat--> up --end()--> ending --all processes gone, GPU memory free--> resting --> starting

A worker that ends before it is up makes its place rest, longer each time, so that a broken machine is not kept busy
with starting Python.
"""

import selectors
import time
from collections.abc import Callable, Mapping
from typing import ClassVar

from workers.gpu_memory import RELEASE_SECONDS, holding, still_held
from workers.job import Job
from workers.process import one_line
from workers.process_handle import WorkerProcess


class Slot:
    """Holds one worker at a time, or none for a while."""

    SHORTEST_REST_SECONDS: ClassVar[float] = 0.1
    LONGEST_REST_SECONDS: ClassVar[float] = 30.0

    def __init__(self, setup: int, environment: Mapping[str, str]) -> None:
        self._setup, self._environment = setup, dict(environment)
        self.process: WorkerProcess | None = None
        self.job: Job | None = None
        self.name = ""
        """Host, process and device, once the worker is up."""
        self.link_lost: float | None = None
        """When the worker's link was first seen closed; None: it is open."""
        self.since = time.monotonic()
        """When it came to be in the state it is in."""
        self.failed_starts = 0
        """In a row, of workers that were not up when they ended."""
        self.last_words = ""
        """How the last of those ended."""
        self.was_late = False
        """Whether the last of those was not up in time."""
        self.kills_before = 0
        """Of `workers.memory_kills`, when its job was handed to it."""
        self._is_ending = False
        self._rests_until = 0.0
        self.start(self.since)

    @property
    def is_up(self) -> bool:
        """Whether it has a worker that can be given a job, or has one."""
        return bool(self.name) and not self._is_ending

    @property
    def is_free(self) -> bool:
        """Whether it can be given a job now: it has none, and has not ended while it had nothing to do."""
        return self.is_up and self.job is None and self.process is not None and not self.process.has_ended()

    @property
    def is_starting(self) -> bool:
        """Whether its worker has not said yet that it is up."""
        return self.process is not None and not self.name and not self._is_ending

    @property
    def is_ending(self) -> bool:
        """Whether its worker was killed and is not known to be gone."""
        return self._is_ending

    def start(self, now: float) -> None:
        """Starts a worker; that this fails is a failed start."""
        self.name, self.link_lost, self.since = "", None, now
        try:
            self.process = WorkerProcess(self._setup, self._environment)
        except OSError as error:
            self.start_failed(now, f"could not be started: {one_line(error)}")

    def came_up(self, now: float, name: str) -> None:
        """The worker has said its name."""
        self.name, self.since, self.failed_starts, self.was_late = name, now, 0, False

    def start_failed(self, now: float, last_words: str) -> None:
        """The worker ended before it was up."""
        self.last_words, self.failed_starts = last_words, self.failed_starts + 1
        rest = self.SHORTEST_REST_SECONDS * 4 ** (self.failed_starts - 1)
        self._rests_until = now + min(self.LONGEST_REST_SECONDS, rest)

    def end(self, now: float) -> None:
        """Kills the worker with all it has started; the job is no longer its."""
        if self.process is not None and not self._is_ending:
            self.process.kill()
            self._is_ending, self.since = True, now
        self.job = None

    def is_gone(self) -> bool:
        """Whether nothing is left of a worker that was killed."""
        return self.process is None or self.process.is_gone()

    def register(self, selector: selectors.BaseSelector) -> None:
        """Lets the selector wake up when the worker says something, can be told more, or ends."""
        if self.process is None or self._is_ending:
            return
        link, sentinel = self.process.link, self.process.sentinel
        writing = selectors.EVENT_WRITE if link.has_more_to_send else 0
        if not link.is_broken:
            selector.register(link, selectors.EVENT_READ | writing)
        if sentinel is not None:
            selector.register(sentinel, selectors.EVENT_READ)

    def advance(self, now: float, say: Callable[[str], None], *, may_start: bool = True) -> None:
        """Lets a worker that has ended be forgotten, and starts another one when the time has come, if it may."""
        if self._is_ending:
            self._forget(now, say)
        elif self.process is None and may_start and now >= self._rests_until:
            self.start(now)

    def _forget(self, now: float, say: Callable[[str], None]) -> None:
        assert self.process is not None  # something is ending
        if not self.is_gone():
            return
        if held := holding(self.process.family):
            if now - self.since < RELEASE_SECONDS:
                return
            say(still_held(held, RELEASE_SECONDS))
        self.process, self.name, self._is_ending = None, "", False
