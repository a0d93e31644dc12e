"""Ctrl-C, SIGTERM and a lost terminal: the first asks a search to stop, the second ends the process at once."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self

from nas.standard_error import STANDARD_ERROR, write_line

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The exit code of each is 128 and its number: 130, 143, 129."""
SHOW_CURSOR = b"\x1b[?25h"
STANDARD_OUTPUT = 1
PATIENCE_SECONDS = 5.0
"""So long after the first signal, or the grace of a search, may a database that is away hold the process up."""
MESSAGE = "stopping: children in training go back to waiting, the state is saved; once more ends at once"
GRACE_MESSAGE = (
    "stopping: children in training may finish within {:g} s, the state is saved; once more ends at once"
)


def interrupt() -> None:
    """What stops anything but a search."""
    raise KeyboardInterrupt


class Interrupts:
    """A context in which the first signal calls `say` and `stop`; `exit_code` then is what the process should end with.

    `nohup` is respected: a hang-up that is ignored stays so.
    """

    def __init__(self, stop: Callable[[], None] = interrupt, say: Callable[[str], None] = write_line) -> None:
        self._stop, self._say = stop, say
        self._before: dict[signal.Signals, Any] = {}
        self._terminals: list[int] = []
        self._grace_seconds = 0.0
        self._patient_until: float | None = None
        self.exit_code: int | None = None

    def __enter__(self) -> Self:
        self._terminals = [number for number in (STANDARD_OUTPUT, STANDARD_ERROR) if os.isatty(number)]
        heard = [
            number
            for number in SIGNALS
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
        ]
        self._before = {number: signal.signal(number, self._handle) for number in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def attending(
        self, stop: Callable[[], None], say: Callable[[str], None], grace_seconds: float = 0.0
    ) -> Iterator[None]:
        """Within it signals `stop` a search, which may take so long, and what is to be said goes to its view."""
        before = self._stop, self._say, self._grace_seconds
        self._stop, self._say, self._grace_seconds = stop, say, grace_seconds
        if self.exit_code is not None:
            self._be_patient()
            stop()
        try:
            yield
        finally:
            self._stop, self._say, self._grace_seconds = before

    def say(self, text: str) -> None:
        """Says something to whoever watches. May be called from any thread."""
        self._say(text)

    def is_over(self) -> bool:
        """Whether a signal came so long ago that nothing is to be waited for any longer."""
        return self._patient_until is not None and time.monotonic() > self._patient_until

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        again, self.exit_code = self.exit_code is not None, 128 + number
        if again:
            if STANDARD_ERROR in self._terminals:
                with suppress(OSError):
                    os.write(STANDARD_ERROR, SHOW_CURSOR)  # which a live view hides
            os._exit(self.exit_code)  # nothing is lost: the database is consistent after every transaction
        self._be_patient()
        if number == signal.SIGHUP:
            self._let_go_of_terminals()
        self._say(GRACE_MESSAGE.format(self._grace_seconds) if self._grace_seconds else MESSAGE)
        self._stop()

    def _be_patient(self) -> None:
        self._patient_until = time.monotonic() + self._grace_seconds + PATIENCE_SECONDS

    def _let_go_of_terminals(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for terminal in self._terminals:
            os.dup2(nowhere, terminal)
        os.close(nowhere)
