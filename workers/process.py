"""What a worker process knows of itself: its name, and that it must not outlive the process that started it."""

import ctypes
import os
import platform
import signal
import sys
import threading
import time

PARENT_WATCH_SECONDS = 0.5
PR_SET_PDEATHSIG = 1
"""The option of Linux' prctl(2) that asks for a signal when the parent is gone."""


def worker_name(device: str) -> str:
    """Returns host, process and device, "host7:4211:cuda:0"."""
    return f"{platform.node()}:{os.getpid()}:{device}"


def end_with_parent() -> None:
    """Arranges that this process is killed when its parent has gone.

    When a cluster's node fails, what it had started trains on for minutes, on a GPU that others are given meanwhile.
    Linux ends the process at once, even one busy in native code; elsewhere, and as a second line, a thread looks every
    half second.
    """
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
