"""Where a fault hits something: a driver that holds the lease, and workers that its children are in training on.

A storm of random kills mostly meets processes that are starting, and proves nothing.
"""

from dataclasses import dataclass

import psutil

from nas.chaos.crew import Driver
from nas.chaos.ledger import in_work
from nas.errors import UnknownSearchError
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, SearchState
from nas.trial import TrialState


@dataclass(frozen=True, slots=True)
class Training:
    """A running attempt, and the worker process that works on it."""

    number: int
    """Of the trial."""
    attempt: int
    token: str
    worker: str
    """Host, process and device."""

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return int(self.worker.split(":")[-2])


def find_search(storage: Storage, name: str) -> SearchRecord | None:
    """Returns the search, None before it is there."""
    try:
        return storage.search(name)
    except UnknownSearchError:
        return None


def holds_lease(record: SearchRecord | None, driver: Driver) -> bool:
    """Whether the driver is the one that the database knows."""
    return (
        record is not None
        and record.state is SearchState.RUNNING
        and f":{driver.pid}:" in (record.owner or "")
    )


def trainings(storage: Storage, record: SearchRecord, driver: Driver, ledger: str) -> list[Training]:
    """Returns what workers of this driver are training: running in the database, and begun in the ledger."""
    running = [trial for trial in storage.open_trials(record.search_id) if trial.state is TrialState.RUNNING]
    workers = in_work(ledger)
    found = [
        Training(trial.number, trial.attempts, trial.token, workers[trial.token])
        for trial in running
        if trial.token in workers
    ]
    return [training for training in found if _is_child(training.pid, driver)]


def _is_child(pid: int, driver: Driver) -> bool:
    try:
        return psutil.Process(pid).ppid() == driver.pid
    except psutil.NoSuchProcess:
        return False
