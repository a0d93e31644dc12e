"""How long a database that is away, locked or full is waited for, and who is told."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

SAY_EVERY_SECONDS = 30.0
SAY_FIRST_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0


def _say_nothing(text: str) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Waiting:
    """`say` is called after 5 s of waiting and then every 30 s, with what is waited for."""

    seconds: float = 10.0
    """How long at most; then the error is raised. For a search `--db-timeout`, for commands that read a few seconds."""
    for_disk: bool = True
    """Whether room on a full disk is waited for, too; `--no-wait` says no."""
    say: Callable[[str], None] = _say_nothing
    is_over: Callable[[], bool] = _never
    """Asked every 2 s or so: whether nobody wants to wait any longer, as after Ctrl-C."""


class Wait:
    """One wait, from the first failure of one piece of work until it succeeds or the time is over."""

    def __init__(self, waiting: Waiting, *, waited_seconds: float = 0.0) -> None:
        self._waiting = waiting
        self._began = time.monotonic() - waited_seconds
        self._pause = FIRST_PAUSE_SECONDS
        self._next_words = SAY_FIRST_SECONDS

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self._began

    def goes_on(self, what: Callable[[], str]) -> bool:
        """Sleeps, longer from time to time, and returns whether to try again; `what` says what is waited for."""
        left = self._waiting.seconds - self.seconds
        if left <= 0 or self._waiting.is_over():
            return False
        if self.seconds >= self._next_words:
            self._waiting.say(f"{what()}; waited {self.seconds:.0f} s, {_until(left)}")
            self._next_words = self.seconds + SAY_EVERY_SECONDS
        next_words = max(self._next_words - self.seconds, 0.0)
        time.sleep(min(self._pause, left, next_words or math.inf))
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        return True

    def end(self, where: str) -> None:
        """Says that the wait is over, where it was said that there is one."""
        if self._next_words != SAY_FIRST_SECONDS:
            self._waiting.say(f"{where}: there again after {self.seconds:.0f} s")


def _until(seconds_left: float) -> str:
    return "waiting on" if seconds_left == math.inf else f"waiting for another {seconds_left:.0f} s"
