"""A file beside the database in which trainings and drivers write down what they do, as a witness of its own.

What a database has lost it cannot tell. Trainings write when they begin and when they are done, a driver what the
database has acknowledged to it. Each entry is one write to the end of the file: what is in it has happened, in that
order, whichever process died a moment later.
"""

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from search_spaces.space import Space
from workers.data.images import ImageData
from workers.job import Job, Outcome
from workers.pool import Report, ignore
from workers.process import worker_name
from workers.synthetic import SyntheticTraining


class Deed(StrEnum):
    """What was done."""

    BEGUN = "begun"
    """A worker began an attempt at a trial."""
    DONE = "done"
    """It came to its end; nobody else knows yet."""
    KEPT = "kept"
    """A driver has heard of the database that the result is in it, and that the strategy was told."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. Workers know the token of an attempt, drivers its number."""

    deed: Deed
    trial_id: int
    token: str = ""
    worker: str = ""
    """Host, process and device."""
    attempt: int = 0
    reward: float | None = None


def note(ledger: str, entry: Entry) -> None:
    """Adds a line."""
    line = (json.dumps(asdict(entry)) + "\n").encode()
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
    finally:
        os.close(file)


def entries(ledger: str) -> list[Entry]:
    """Returns all lines, oldest first; none where nothing has been written."""
    file = Path(ledger)
    if not file.exists():
        return []
    whole, _, _ = file.read_text(encoding="utf-8").rpartition("\n")
    lines = map(json.loads, whole.splitlines())
    return [Entry(**{**line, "deed": Deed(line["deed"])}) for line in lines]


def in_work(ledger: str) -> dict[str, str]:
    """Returns the attempts that were begun and are not done, with the workers that began them, by token."""
    begun: dict[str, str] = {}
    for entry in entries(ledger):
        if entry.deed is Deed.BEGUN:
            begun[entry.token] = entry.worker
        elif entry.deed is Deed.DONE:
            begun.pop(entry.token, None)
    return begun


@dataclass(frozen=True, slots=True)
class WitnessedTraining:
    """A `workers.pool.Evaluate` that does as `training` and keeps a ledger of it."""

    training: SyntheticTraining
    ledger: str

    def __call__(
        self, job: Job, space: Space, data: ImageData, device: str, report: Report = ignore
    ) -> Outcome:
        """Returns the outcome of the training."""
        worker = worker_name(device)
        note(self.ledger, Entry(Deed.BEGUN, job.job_id, job.token, worker))
        outcome = self.training(job, space, data, device, report)
        note(self.ledger, Entry(Deed.DONE, job.job_id, job.token, worker))
        return outcome
