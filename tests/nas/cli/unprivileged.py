"""Commands called without the rights of root, for whom no file is closed."""

import ctypes
import json
import os
import signal

from tests.nas.cli.calling import Call, Ended

VERSION_3 = 0x20080522
WITHOUT = (1 << 1) | (1 << 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (linux/capability.h): to pass by the permissions of files and folders."""
LONGEST_SECONDS = 120


def unprivileged(call: Call, *arguments: object) -> Ended:
    """Calls `nas` in a copy of this process for which the permissions of files hold, as they do for a user."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(LONGEST_SECONDS)
            _give_up()
            os.write(writer, json.dumps(call(*arguments)).encode())
        finally:
            os._exit(0)  # nothing of the test session is ended twice
    os.close(writer)
    with os.fdopen(reader) as answer:
        ended = answer.read()
    os.waitpid(child, 0)
    return Ended(*json.loads(ended))


def _give_up() -> None:
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = (ctypes.c_uint32 * 2)(VERSION_3, 0), (ctypes.c_uint32 * 6)()
    for function in (libc.capget, libc.capset):
        if function(header, data) != 0:
            raise OSError(ctypes.get_errno(), "capabilities cannot be changed")
        data[0], data[1] = data[0] & ~WITHOUT, data[1] & ~WITHOUT  # effective, permitted
