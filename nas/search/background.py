"""What a search does beside its work, on a thread of its own: renew the lease, say what is waited for.

So a lease does not run out while a strategy thinks, or while a child trains within `Pool.wait`.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

JOIN_SECONDS = 5.0
"""How long the end of the thread is waited for; one that waits for a database is left behind, it ends by itself."""


@dataclass(slots=True)
class Task:
    """Something to be done every so many seconds. May be done while the other thread does anything at all."""

    every_seconds: float
    work: Callable[[], None]
    due: float = 0.0


class Background:
    """A context within which tasks are done. The first error ends them all; `check` raises it."""

    def __init__(self, *tasks: Task) -> None:
        self._tasks = tasks
        self._is_over = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="search-background", daemon=True)

    def __enter__(self) -> Self:
        for task in self._tasks:
            task.due = time.monotonic() + task.every_seconds
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join(JOIN_SECONDS)

    def check(self) -> None:
        """Raises the error that ended the tasks, if one did."""
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while not self._is_over.wait(max(0.0, min(task.due for task in self._tasks) - time.monotonic())):
            try:
                self._do_what_is_due()
            except Exception as error:  # noqa: BLE001  (the thread ends here: the driver has to hear of any fault)
                self._error = error
                return

    def _do_what_is_due(self) -> None:
        for task in self._tasks:
            if time.monotonic() >= task.due:
                task.work()
                task.due = time.monotonic() + task.every_seconds
