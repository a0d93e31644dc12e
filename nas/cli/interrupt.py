"""Ctrl-C and SIGTERM during a search: the first asks it to stop, the second ends the process at once."""

import os
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from nas.cli.failures import INTERRUPTED, TERMINATED

EXIT_CODES = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
SHOW_CURSOR = b"\x1b[?25h"
STANDARD_ERROR = 2
MESSAGE = "stopping: children in training go back to waiting, the state is saved; once more ends at once"


class Interrupts:
    """A context in which the first signal calls `say` and `stop`; `exit_code` then is what the process should end with.

    To be entered after the pool was built: Ray sets handlers of its own when it starts.
    """

    def __init__(self, stop: Callable[[], None], say: Callable[[str], None]) -> None:
        self._stop, self._say = stop, say
        self._before: dict[signal.Signals, Any] = {}
        self.exit_code: int | None = None

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._handle) for number in EXIT_CODES}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.exit_code is not None:
            if os.isatty(STANDARD_ERROR):
                os.write(STANDARD_ERROR, SHOW_CURSOR)  # which a live view hides
            os._exit(INTERRUPTED)  # nothing is lost: the database is consistent after every transaction
        self.exit_code = EXIT_CODES[signal.Signals(number)]
        self._say(MESSAGE)
        self._stop()
