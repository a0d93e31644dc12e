"""Whether the memory of a process that was killed is free again on its GPU.

A driver frees it a moment after the process is gone, now and then much later; a child that starts meanwhile runs out of
memory through no fault of its own. Read from NVIDIA's management library, where there is one. In a container the
library may know processes by other ids than the container does: then nothing is seen here, and nothing waited for.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from types import ModuleType

RELEASE_SECONDS = 30.0
"""So long the memory of a dead process is waited for; after that another one has to do with what is left."""
LOOK_SECONDS = 0.2


def holding(processes: Iterable[int]) -> frozenset[int]:
    """Returns those of the process ids that hold memory on any GPU of this machine; none without NVIDIA's library."""
    library = _library()
    return frozenset() if library is None else frozenset(processes) & _holders(library)


def wait_until_free(
    processes: Iterable[int], say: Callable[[str], None], seconds: float = RELEASE_SECONDS
) -> bool:
    """Waits until none of the processes, all of them dead, holds GPU memory; False, and said, where one still does."""
    dead, deadline = frozenset(processes), time.monotonic() + seconds
    while held := holding(dead):
        if time.monotonic() >= deadline:
            say(still_held(held, seconds))
            return False
        time.sleep(LOOK_SECONDS)
    return True


def still_held(processes: Iterable[int], seconds: float) -> str:
    """Returns in words that the memory of dead processes was not freed in time."""
    listing = ", ".join(map(str, sorted(processes)))
    return (
        f"GPU memory of process {listing}: expected to be free {seconds:g} s after its end, got it still held; "
        "the next child may find too little, see nvidia-smi"
    )


def _holders(library: ModuleType) -> frozenset[int]:
    try:
        count = library.nvmlDeviceGetCount()
    except library.NVMLError:  # its driver is gone
        return frozenset()
    return frozenset(pid for index in range(count) for pid in _holders_on(library, index))


def _holders_on(library: ModuleType, index: int) -> Sequence[int]:
    """Returns who holds memory on one GPU; nobody where that is lost, or tells nobody: the others are known."""
    try:
        handle = library.nvmlDeviceGetHandleByIndex(index)
        return [process.pid for process in library.nvmlDeviceGetComputeRunningProcesses(handle)]
    except library.NVMLError:
        return ()


@lru_cache(maxsize=1)
def _library() -> ModuleType | None:
    """Returns NVIDIA's library, ready to be asked; None on a machine without it."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    library: ModuleType = pynvml
    return library
