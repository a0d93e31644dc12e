"""Who holds a lease: "host:pid:start-time". The start time tells a process from a later one of the same number."""

import os
import re
import socket
import subprocess
from pathlib import Path

_OWNER = re.compile(r"(?P<host>.+):(?P<pid>\d+):(?P<start>[^:]+)")


def current_owner() -> str:
    """Returns the owner string of this process."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_start_time(pid)}"


def may_take_over(asking: str, owner: str) -> bool:
    """Returns whether a lease that still runs may go from `owner` to `asking`: back to itself, or from the dead.

    A process that asks for what it holds has given up driving without being able to say so.
    """
    return asking == owner or is_gone(owner)


def is_gone(owner: str) -> bool:
    """Returns whether the owner was a process of this host that has ended; False where that cannot be known."""
    parts = _OWNER.fullmatch(owner)
    if parts is None or parts["host"] != socket.gethostname():
        return False
    return _start_time(int(parts["pid"])) != parts["start"]


def readable(owner: str) -> str:
    """Returns the owner as a person would look for it.

    >>> readable("host7:4211:99731")
    'process 4211 on host7'
    """
    parts = _OWNER.fullmatch(owner)
    return f"process {parts['pid']} on {parts['host']}" if parts else owner


def _start_time(pid: int) -> str:
    """Returns when the process began, in the system's own terms; empty where there is none, or it is a zombie."""
    if not Path("/proc/self/stat").exists():
        return _start_time_by_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # The command, in brackets, may hold spaces and brackets; behind it come field 3, the state, and so on (man 5 proc).
    fields = stat.rpartition(")")[2].split()
    state, start_time = fields[0], fields[19]
    return "" if state == "Z" else start_time


def _start_time_by_ps(pid: int) -> str:
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    return shown.stdout.strip().replace(":", ".").replace(" ", "-")
