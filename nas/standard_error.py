"""Lines on standard error. Nothing that is done depends on whether somebody can read them."""

import os
from contextlib import suppress

STANDARD_ERROR = 2


def write_line(text: str) -> None:
    """Writes a line past Python's buffers: in a signal handler they may be in use, and what they hold may never go.

    Says nothing where the terminal is gone, the pipe closed or the disk of a log full.
    """
    with suppress(OSError):
        os.write(STANDARD_ERROR, f"{text}\n".encode(errors="backslashreplace"))
