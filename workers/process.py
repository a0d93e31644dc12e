"""What a worker process knows of itself: its name, and that it must not outlive the process that started it."""

import ctypes
import faulthandler
import os
import platform
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import cache

import psutil

PARENT_WATCH_SECONDS = 0.5
PR_SET_PDEATHSIG = 1
"""The option of Linux' prctl(2) that asks for a signal when the parent is gone."""
PR_SET_CHILD_SUBREAPER = 36
"""The one that makes a process the parent of what its children leave behind."""
CHILDREN_SECONDS = 5.0
"""So long may killed children take to be gone: one that waits for a disk in the kernel is left."""
CHILDREN_LOOK_SECONDS = 0.002


def worker_name(device: str) -> str:
    """Returns host, process and device, "host7:4211:cuda:0"."""
    return f"{platform.node()}:{os.getpid()}:{device}"


def end_with_parent(parent: int | None = None) -> None:
    """Arranges that this process is killed when its parent has gone.

    When a cluster's node fails, what it had started trains on for minutes, on a GPU that others are given meanwhile.
    Linux ends the process at once, even one busy in native code; elsewhere, and as a second line, a thread looks every
    half second. A process that was told the id of its `parent` sees that this died before it could arrange anything;
    without, the parent is the one it has now. On Linux the thread that started this process has to live on as well;
    what the main thread of this one forks, as readers of pictures are, ends with it too.
    """
    _arrange_end(os.getpid(), os.getppid() if parent is None else parent)


@cache
def _arrange_end(process: int, parent: int) -> None:  # noqa: ARG001 - a fork arranges its own
    """Once a process: a worker arranges it as early as it can, and whoever makes it a worker does so for all."""
    if sys.platform == "linux":
        _ask_for_end()
        os.register_at_fork(before=_note_thread, after_in_child=_ask_for_end_if_forked_by_main)
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _ask_for_end() -> None:
    """Asks Linux to kill this process when the thread that started it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


_forks_on_main = threading.local()


def _note_thread() -> None:
    _forks_on_main.value = threading.current_thread() is threading.main_thread()


def _ask_for_end_if_forked_by_main() -> None:
    """Another thread may end long before its process, and its child would end with it for no reason."""
    if _forks_on_main.value:
        _ask_for_end()


def exit_text(code: int | None) -> str:
    """Returns how a process ended, in words: `code` is that of `subprocess.Popen`, None where nobody knows it."""
    if code is None:
        return "ended in a way that is not known"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:  # real-time signals have no names but for the first and the last
        return f"was killed by signal {-code}"


def one_line(text: object, longest: int = 600) -> str:
    """Returns a text of many lines as one that is not too long: how it begins and how it ends."""
    line = " ".join(str(text).split())
    return line if len(line) <= longest else f"{line[: longest // 3]} ... {line[-longest * 2 // 3 :]}"


def is_alive(process: int | psutil.Process) -> bool:
    """Returns whether a process of this machine, or the one of that id, has not ended yet; a zombie has."""
    try:
        known = psutil.Process(process) if isinstance(process, int) else process
        return known.is_running() and known.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def adopt_orphans() -> None:
    """Makes this process the parent of what its children leave behind, for `end_children` to find; only on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_children() -> None:
    """Kills all that this process has started and that still runs; costs one system call where there is nothing.

    For a process that starts nothing of its own between two jobs: what is there, a child in training has left behind.
    """
    deadline = time.monotonic() + CHILDREN_SECONDS
    while _reap() and time.monotonic() < deadline:
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                child.kill()
        time.sleep(CHILDREN_LOOK_SECONDS)


def _reap() -> bool:
    """Takes leave of the children that have ended; returns whether there are others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return False
    return True


def hush() -> None:
    """Sends what is printed nowhere, and the traceback of a crash to where errors went until now."""
    faulthandler.enable(os.dup(2))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
