"""Which worker sees which GPU, and whether the memory of a dead one is free."""

import os
from types import SimpleNamespace

import pytest

from workers import gpu_memory, gpus
from workers.errors import ResourceError
from workers.gpu_memory import holding, wait_until_free
from workers.gpus import VARIABLE, gpu_environments, gpus_needed


@pytest.mark.parametrize(
    ("workers", "share", "expected"),
    [(3, 0, 0), (3, 1, 3), (3, 0.5, 2), (4, 0.3, 2), (5, 0.1, 1), (2, 0.6, 2)],
)
def test_a_worker_never_spans_two_gpus(workers, share, expected):
    assert gpus_needed(workers, share) == expected


def test_workers_fill_one_gpu_after_the_other(monkeypatch):
    monkeypatch.setattr(gpus, "visible_gpus", lambda: ["2", "GPU-5", "7"])
    assert [seen[VARIABLE] for seen in gpu_environments(3, 0.5)] == ["2", "2", "GPU-5"]


def test_without_gpus_nothing_is_said_of_them(monkeypatch):
    monkeypatch.setattr(gpus, "visible_gpus", lambda: pytest.fail("nobody asked"))
    assert gpu_environments(2, 0) == [{}, {}]


def test_too_few_gpus_are_refused(monkeypatch):
    monkeypatch.setattr(gpus, "visible_gpus", list)
    with pytest.raises(ResourceError, match="the workers need 1 GPU, this machine has 0; ask for fewer"):
        gpu_environments(2, 0.5)


class Library:
    """NVIDIA's library as it is used here: two GPUs, of which the second tells nobody where `fails`."""

    NVMLError = RuntimeError

    def __init__(self, holders, fails=False):
        self.holders, self.fails, self.asked = holders, fails, 0

    def nvmlDeviceGetCount(self):  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index):  # noqa: N802
        return index

    def nvmlDeviceGetComputeRunningProcesses(self, handle):  # noqa: N802
        self.asked += 1
        if handle == 1 and self.fails:
            raise RuntimeError
        return [SimpleNamespace(pid=pid) for pid in self.holders.get(handle, ())]


@pytest.fixture
def use(monkeypatch):
    return lambda library: monkeypatch.setattr(gpu_memory, "_library", lambda: library)


def test_who_holds_memory_is_asked_of_all_gpus(use):
    use(Library({0: [10, 11], 1: [12]}))
    assert holding([10, 12, 99]) == {10, 12}


def test_where_nobody_knows_nothing_is_held(use):
    use(None)
    assert holding([10]) == frozenset()


def test_a_gpu_that_tells_nobody_hides_no_other(use):
    use(Library({0: [10], 1: [11]}, fails=True))
    assert holding([10, 11]) == {10}


def test_memory_is_waited_for_until_it_is_free(use, monkeypatch):
    library = Library({1: [10]})
    use(library)
    monkeypatch.setattr(gpu_memory.time, "sleep", lambda _: library.holders.clear())
    assert wait_until_free([10], pytest.fail)
    assert library.asked == 4


def test_memory_that_is_never_freed_is_told(use):
    use(Library({0: [10]}))
    said = []
    assert not wait_until_free([10], said.append, seconds=0)
    assert said[0].startswith(
        "GPU memory of process 10: expected to be free 0 s after its end, got it still held"
    )


@pytest.mark.skipif(gpu_memory._library() is None, reason="no NVIDIA GPU")
def test_this_machine_knows_its_gpus_and_that_this_process_has_none_of_their_memory():
    assert gpu_memory._library().nvmlDeviceGetCount() > 0
    assert holding([os.getpid()]) == frozenset()
