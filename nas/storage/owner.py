"""Who holds a lease: "host:pid:start-time:place".

The start time tells a process from a later one of the same number. The place says where the number counts: in which
boot of which machine, and in which PID namespace. Containers may have one host name and not see each other's processes.
"""

import getpass
import os
import re
import socket
import subprocess
from pathlib import Path

_OWNER = re.compile(r"(?P<host>[^:]+):(?P<pid>\d+):(?P<start>[^:]+)(:(?P<place>[^:]+))?")


def current_owner() -> str:
    """Returns the owner string of this process."""
    return owner_of(os.getpid())


def owner_of(pid: int) -> str:
    """Returns the owner string of a process of this place, which must be alive."""
    return f"{socket.gethostname()}:{pid}:{_start_time(pid)}{_place() and f':{_place()}'}"


def is_of_here(owner: str) -> bool:
    """Returns whether the owner is, or was, a process of this place, so that `is_gone` knows about it."""
    parts = _OWNER.fullmatch(owner)
    return parts is not None and (parts["host"], parts["place"] or "") == (socket.gethostname(), _place())


def actor() -> str:
    """Returns who runs this process, as the audit names people: "me@host7"."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def may_take_over(asking: str, owner: str) -> bool:
    """Returns whether a lease that still runs may go from `owner` to `asking`: back to itself, or from the dead.

    A process that asks for what it holds has given up driving without being able to say so.
    """
    return asking == owner or is_gone(owner)


def is_gone(owner: str) -> bool:
    """Returns whether the owner was a process of this place that has ended; False where that cannot be known."""
    parts = _OWNER.fullmatch(owner)
    if parts is None or not is_of_here(owner):
        return False
    return _start_time(int(parts["pid"])) != parts["start"]


def readable(owner: str) -> str:
    """Returns the owner as a person would look for it.

    >>> readable("host7:4211:99731:90123610-4026531836")
    'process 4211 on host7'
    """
    parts = _OWNER.fullmatch(owner)
    return f"process {parts['pid']} on {parts['host']}" if parts else owner


def _place() -> str:
    """Returns the boot and the PID namespace of this process (man 4 random, 7 pid_namespaces); empty without /proc."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return ""
    return f"{boot.replace('-', '')}-{namespace}"


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
