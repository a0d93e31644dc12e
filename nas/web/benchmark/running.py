"""A search that runs in a process of its own, as long as it is watched."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nas.errors import StorageError
from nas.storage.contract import Storage
from nas.web.benchmark.dashboard import end

NAME = "bench-running"
FIRST_TRIALS = 5
START_SECONDS = 120.0
EPOCHS, EPOCH_SECONDS, WORKERS = 2, 0.05, 2
"""Of trainings that only sleep: what slows the search is then not one training that takes another's core."""
_MANY = 1_000_000


@contextmanager
def running_search(url: str, storage: Storage) -> Iterator[int]:
    """Gives the id of a search that has ended its first trials, and goes on until the end of the block."""
    drive = {
        "url": url,
        "name": NAME,
        "trials": _MANY,
        "strategy": "random",
        "strategy_settings": {},
        "epochs": EPOCHS,
        "epoch_seconds": EPOCH_SECONDS,
        "workers": {"count": WORKERS, "backend": "process"},
    }
    command = [sys.executable, "-m", "nas.chaos.driver", json.dumps(drive)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        _wait_for(lambda: _ended(storage) >= FIRST_TRIALS, process)
        yield storage.search(NAME).search_id
    finally:
        end(process)


class Pace:
    """How many trials of the search end in an hour, from the moment on that it is made."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._began, self._before = time.perf_counter(), _ended(storage)

    def so_far(self) -> float:
        """Returns trials an hour until now."""
        return (_ended(self._storage) - self._before) / (time.perf_counter() - self._began) * 3600


def _ended(storage: Storage) -> int:
    found = [record for record in storage.searches() if record.name == NAME]
    return found[0].completed + found[0].failed if found else 0


def _wait_for(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + START_SECONDS
    while not is_so():
        if process.poll() is not None or time.monotonic() > until:
            raise StorageError(
                f"{NAME}: expected {FIRST_TRIALS} trials within {START_SECONDS:.0f} s, got exit code {process.poll()}"
            )
        time.sleep(0.2)
