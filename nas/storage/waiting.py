"""How long a database that is away, locked or full is waited for, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass

SAY_EVERY_SECONDS = 30.0
SAY_FIRST_SECONDS = 5.0


def _say_nothing(text: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Waiting:
    """`say` is called after 5 s of waiting and then every 30 s, with what is waited for."""

    seconds: float = 10.0
    """How long at most; then the error is raised. For a search `--db-timeout`, for commands that read a few seconds."""
    for_disk: bool = True
    """Whether room on a full disk is waited for, too; `--no-wait` says no."""
    say: Callable[[str], None] = _say_nothing
