"""What processes share is read where it lies."""

import mmap
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.workers.misdeeds import root
from tests.workers.tiny import tiny_data
from workers.shared import ALIGNMENT, read_shared, write_shared


def test_items_come_back_one_after_the_other_and_equal():
    data = tiny_data()
    with write_shared([("a", 1), data, None]) as file:
        first, second, third = read_shared(file.fileno())
    assert (first, third) == (("a", 1), None)
    assert np.array_equal(second.train.images, data.train.images)
    assert np.array_equal(second.validation.labels, data.validation.labels)
    assert (second.name, second.classes, second.mean) == (data.name, data.classes, data.mean)


def test_arrays_are_read_only_aligned_and_lie_in_the_file():
    with write_shared(["x", np.arange(1000)]) as file:
        _, array = read_shared(file.fileno())
    assert not array.flags.writeable
    assert not array.flags.owndata
    assert array.ctypes.data % ALIGNMENT == 0
    assert isinstance(root(array), mmap.mmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_an_item_is_unpickled_when_it_is_asked_for():
    """A worker runs plugins first, which what comes after them may need."""
    with write_shared([1, 2]) as file:
        os.truncate(file.fileno(), 100)
        items = read_shared(file.fileno())
        assert next(items) == 1


READER = """
import sys
from workers.shared import read_shared
print([int(array.sum()) for array in read_shared(int(sys.argv[1]))])
"""


def test_another_process_reads_the_file_though_the_writer_has_closed_it():
    with write_shared([np.arange(10), np.arange(100)]) as file:
        child = subprocess.Popen(
            [sys.executable, "-c", READER, str(file.fileno())],
            pass_fds=[file.fileno()],
            stdout=subprocess.PIPE,
        )
    assert child.communicate(timeout=60)[0] == b"[45, 4950]\n"
