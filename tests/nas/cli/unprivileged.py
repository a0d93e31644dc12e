"""Calls without the rights of root, for whom no file is closed."""

import ctypes
import os
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

VERSION_3 = 0x20080522
WITHOUT = (1 << 1) | (1 << 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (linux/capability.h): to pass by the permissions of files and folders."""


def unprivileged(function: Callable[[], Result]) -> Result:
    """Returns what `function` returns in a thread of its own, for which the permissions of files hold.

    Linux keeps these rights a thread, so the rest of the process loses none.
    """
    results: list[Result] = []

    def call() -> None:
        _give_up()
        results.append(function())

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    (result,) = results
    return result


def _give_up() -> None:
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = (ctypes.c_uint32 * 2)(VERSION_3, 0), (ctypes.c_uint32 * 6)()
    for function in (libc.capget, libc.capset):
        if function(header, data) != 0:
            raise OSError(ctypes.get_errno(), "capabilities cannot be changed")
        data[0], data[1] = data[0] & ~WITHOUT, data[1] & ~WITHOUT  # effective, permitted
