"""Evaluations that end their worker, for drivers that are told so by name."""

import os
import signal
from typing import NoReturn

from search_spaces.space import Space
from workers.data.images import ImageData
from workers.job import Job
from workers.pool import Report, ignore


def crash(job: Job, space: Space, data: ImageData, device: str, report: Report = ignore) -> NoReturn:
    """Ends as a fault in native code does."""
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("alive")


class CrashOnArrival:
    """Ends the worker that unpickles it, before it is up."""

    def __reduce__(self) -> tuple[object, tuple[int, signal.Signals]]:
        return _end, (os.getpid(), signal.SIGSEGV)

    def __call__(
        self, job: Job, space: Space, data: ImageData, device: str, report: Report = ignore
    ) -> NoReturn:
        raise AssertionError("up")


def _end(driver: int, number: signal.Signals) -> None:
    if os.getpid() != driver:
        os.kill(os.getpid(), number)


crash_on_arrival = CrashOnArrival()
