"""How many processes the kernel has killed as memory ran out: the only trace of it besides SIGKILL.

Counted for the control group of this process, in which its workers are; for the whole machine where that is not known.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

CONTROL_GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
WHOLE_MACHINE = Path("/proc/vmstat")


def memory_kills() -> int:
    """Returns the number of processes killed so far; 0 where the system does not count them."""
    counter = _counter()
    found = None if counter is None else _count(counter)
    return found or 0


@cache
def _counter() -> Path | None:
    """Returns the file that counts them."""
    return next((file for file in _candidates() if _count(file) is not None), None)


def _candidates() -> Iterator[Path]:
    """Yields where it may be counted, the nearest first: in version 1 of control groups, in version 2, for all."""
    groups = OWN_GROUPS.read_text().splitlines() if OWN_GROUPS.exists() else []
    for number, controllers, path in (line.split(":", 2) for line in groups):
        if "memory" in controllers.split(","):
            for place in (
                path.lstrip("/"),
                "",
            ):  # in a container the path may be that of the machine around it
                yield CONTROL_GROUPS / "memory" / place / "memory.oom_control"
        if number == "0":
            for place in (path.lstrip("/"), ""):
                yield CONTROL_GROUPS / place / "memory.events"
    yield WHOLE_MACHINE


def _count(file: Path) -> int | None:
    with suppress(OSError):
        for line in file.read_text().splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return None
