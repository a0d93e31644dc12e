"""Which processes belong to a worker: what it has started, and what that has started, wherever it has gone."""

import os
from contextlib import suppress
from pathlib import Path

import psutil

from workers.process import is_alive

MARK = "SEARCH_WORKER"
"""The variable, unique to a worker, by which what it has started is known where its own process is gone already."""


def family(leader: psutil.Process, mark: str) -> list[psutil.Process]:
    """Returns the living processes of a worker but itself: its descendants, its group, and all with its mark.

    Once the worker is gone nothing leads from it to a descendant that has left the group, but for the mark. One that
    has left the group and was started with another environment is found only while the worker lives.
    """
    entry = f"{MARK}={mark}".encode()
    found: dict[int, psutil.Process] = {}
    with suppress(psutil.NoSuchProcess):
        found = {process.pid: process for process in leader.children(recursive=True)}
    for pid in psutil.pids():
        if pid != leader.pid and pid not in found and _belongs(pid, leader.pid, entry):
            with suppress(psutil.NoSuchProcess):
                found[pid] = psutil.Process(pid)
    return [process for process in found.values() if is_alive(process)]


def _belongs(pid: int, group: int, mark: bytes) -> bool:
    try:
        return os.getpgid(pid) == group or mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # gone, somebody else's, or on a system without these files
        return False
