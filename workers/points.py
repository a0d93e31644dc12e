"""Named points in the life of a search, at which a test may end or hold up the process that reaches them.

A storm of random signals mostly hits processes that are starting; what loses data is a death between two particular
statements. `NAS_KILL_AT=finish.after_commit:3` kills the process with SIGKILL when it reaches that point for the third
time, `NAS_PAUSE_AT=finish.after_commit:250` holds it there for 250 ms every time. Without these variables reaching a
point costs one look into an empty table.
"""

import os
import signal
import time
from collections import Counter

from search_spaces.errors import NasError, unknown_name

POINTS = (
    "create.before_commit",
    "create.after_commit",
    "acquire.before_commit",
    "acquire.after_commit",
    "extend.before_commit",
    "extend.after_commit",
    "ask.before_commit",
    "ask.after_commit",
    "add.before_commit",
    "add.after_commit",
    "answer.before_commit",
    "answer.after_commit",
    "start.before_commit",
    "start.after_commit",
    "submit.after",
    "report.before_commit",
    "report.after_commit",
    "finish.before_commit",
    "finish.after_commit",
    "requeue.before_commit",
    "requeue.after_commit",
    "tell.before_commit",
    "tell.after_commit",
    "checkpoint.before_commit",
    "checkpoint.after_commit",
    "release.before_commit",
    "release.after_commit",
    "upgrade.after_backup",
    "upgrade.before_commit",
    "upgrade.after_commit",
    "backup.before_rename",
    "backup.after_rename",
)
"""All of them, in the order in which a search meets them."""


def reach(point: str) -> None:
    """Says that the process has come to `point`, one of `POINTS`."""
    if _WANTED is None:
        _read_wishes()
    if not _WANTED:
        return
    seconds = _PAUSES.get(point)
    if seconds is not None:
        time.sleep(seconds)
    if point in _KILLS:
        _passed[point] += 1
        if _passed[point] == _KILLS[point]:
            os.kill(os.getpid(), signal.SIGKILL)


def _numbers(variable: str) -> dict[str, int]:
    """Returns point -> number of "point:number,point:number" in an environment variable."""
    wanted: dict[str, int] = {}
    for entry in filter(None, os.environ.get(variable, "").split(",")):
        point, _, number = entry.partition(":")
        if point not in POINTS:
            raise unknown_name(f"{variable}: point", point, POINTS)
        if not number.isdecimal() or int(number) < 1:
            raise NasError(f"{variable}: expected POINT:NUMBER with a number of at least 1, got {entry!r}")
        wanted[point] = int(number)
    return wanted


_KILLS: dict[str, int] = {}
_PAUSES: dict[str, float] = {}
_WANTED: bool | None = None
"""Whether anything is to happen at any point; None before the first one, where the variables are read.

Not at the import, where an error in them would be nobody's to show.
"""
_passed: Counter[str] = Counter()


def _read_wishes() -> None:
    global _WANTED  # noqa: PLW0603 - what the environment says of this one process
    _KILLS.update(_numbers("NAS_KILL_AT"))
    pauses = _numbers("NAS_PAUSE_AT")
    _PAUSES.update({point: milliseconds / 1000 for point, milliseconds in pauses.items()})
    _WANTED = bool(_KILLS or _PAUSES)
