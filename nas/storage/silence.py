"""A PostgreSQL that answers nothing, though its connection stands: stopped in a debugger, by SIGSTOP or by its disk.

Nothing that the network can tell is wrong then, and psycopg would wait for ever. A connection of this kind is given up
when nothing has come over it for so long; the transaction is then tried again, like after any other lost connection,
over another one, by whoever insists on it.
"""

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

Result = TypeVar("Result")
INTERVAL_SECONDS = 0.1
"""How often psycopg looks whether there is something else to do; then it asks us as well."""


class SilentServerError(psycopg.OperationalError):
    """Nothing came for `silence` seconds."""

    def __init__(self, silence: float) -> None:
        super().__init__(
            f"expected an answer, got none for {silence:g} s: the server stands still or is overloaded"
        )
        self.silence = silence


class WatchedConnection(psycopg.Connection[Any]):
    """A connection whose server may be silent for so long, in seconds; set when it is made."""

    silence = float("inf")

    def wait(
        self,
        gen: Generator[Any, Any, Result],
        interval: float = INTERVAL_SECONDS,
        timeout: float | None = None,
    ) -> Result:
        """Waits as psycopg does; raises `SilentServerError`."""
        return super().wait(_watched(gen, self.silence), interval, timeout)


def _watched(waiting: Generator[Any, Any, Result], silence: float) -> Generator[Any, Any, Result]:
    """Hands on what `waiting` asks for and what it is told, which is a false value where nothing has come."""
    heard = time.monotonic()
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if ready:
                heard = time.monotonic()
            elif time.monotonic() - heard > silence:
                raise SilentServerError(silence)
            wanted = waiting.send(ready)
    except StopIteration as end:
        result: Result = end.value
        return result
