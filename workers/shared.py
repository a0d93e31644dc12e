"""Values that many processes of one machine read and none copies: pickled into a file without a name.

The pictures of a data set are most of what a worker needs, and all workers look at the same bytes. On Linux the file is
memory; it is gone with the last process that has it open, however that ends.
"""

import mmap
import os
import pickle
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO

ALIGNMENT = 64
"""Bytes; arrays start on a cache line."""
_HEADER = struct.Struct("=Q")


def anonymous_file() -> BinaryIO:
    """Returns an empty file that has no name, to be written, read and handed to other processes."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("nas"), "w+b")
    return tempfile.TemporaryFile()


def write_shared(items: Iterable[object]) -> BinaryIO:
    """Returns a file with the items, for `read_shared`; whoever closes it does not disturb those that read.

    Raises `OSError` where there is no room for it.
    """
    with ExitStack() as closing:
        file = closing.enter_context(anonymous_file())
        for item in items:
            _write(file, item)
        file.flush()
        closing.pop_all()
    return file


def _write(file: BinaryIO, item: object) -> None:
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(item, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(head), *(buffer.raw() for buffer in buffers)]
    file.write(_HEADER.pack(len(parts)))
    file.writelines(_HEADER.pack(part.nbytes) for part in parts)
    for part in parts:
        file.write(bytes(-file.tell() % ALIGNMENT))
        file.write(part)


def read_shared(file: int) -> Iterator[Any]:
    """Yields the items of a file, given by its number; one is unpickled when it is asked for.

    Their arrays are read-only and lie in the file itself.
    """
    view, place = memoryview(mmap.mmap(file, 0, access=mmap.ACCESS_READ)), 0
    while place < len(view):
        numbers, place = _numbers(view, place, 1)
        lengths, place = _numbers(view, place, numbers[0])
        parts = []
        for length in lengths:
            place += -place % ALIGNMENT
            parts.append(view[place : place + length])
            place += length
        yield pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301 - from the driver that started this process


def _numbers(view: memoryview, place: int, count: int) -> tuple[list[int], int]:
    """Returns `count` numbers at `place`, and the place behind them."""
    end = place + count * _HEADER.size
    return [number for (number,) in _HEADER.iter_unpack(view[place:end])], end
