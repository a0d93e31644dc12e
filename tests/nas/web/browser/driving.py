"""A real driver in a process of its own, for pages that act on a search."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nas.storage.open import open_storage
from nas.storage.records import SearchState
from search_spaces.space import Space
from workers.data.images import ImageData
from workers.job import FailureKind, Job, Outcome
from workers.pool import Report, ignore
from workers.synthetic import SyntheticTraining

LOOK_SECONDS = 0.2
_SEEN: list[int] = []


@contextmanager
def driven(url: str, name: str = "live", **fields: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Gives the process that drives a new search of slow stand-ins for trainings; ends it behind the block."""
    given = {"url": url, "name": name, "trials": 200, "epochs": 400, "epoch_seconds": 0.1, **fields}
    with subprocess.Popen(
        [sys.executable, "-m", "nas.chaos.driver", json.dumps(given)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for_trial(url, name, process)
            yield process
        finally:
            process.terminate()


def _wait_for_trial(url: str, name: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with open_storage(url, read_only=True) as storage:
            found = [one for one in storage.searches() if one.name == name]
            if found and found[0].state is SearchState.RUNNING and found[0].created:
                return
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"the driver ended with {process.returncode} before its first trial")


def fail_first(job: Job, space: Space, data: ImageData, device: str, report: Report = ignore) -> Outcome:
    """Trains nothing, slowly; the first trial that this process sees fails as a child would."""
    if _SEEN:
        return SyntheticTraining(40, 0.5)(job, space, data, device, report)
    _SEEN.append(job.job_id)
    return Outcome(
        job.job_id,
        failure=FailureKind.ERROR,
        error_text="ValueError: not this time",
        worker=f"here:1:{device}",
    )


def fail_always(job: Job, space: Space, data: ImageData, device: str, report: Report = ignore) -> Outcome:
    """Fails as a child would."""
    return Outcome(
        job.job_id,
        failure=FailureKind.ERROR,
        error_text="RuntimeError: no kernel image",
        worker=f"here:1:{device}",
    )
