"""Rows of trials in training: attempts, epochs, saved states, workers. See `nas.storage.rows`."""

from collections.abc import Iterable
from dataclasses import fields

from nas.storage.records import WorkerRecord
from nas.storage.rows import AnyRow, Row, curve_points
from nas.storage.values import checked, error_text_end, sha256, storable_text
from nas.trial import Attempt, AttemptState, SavedTraining
from workers.job import EpochMetrics, FailureKind

_ATTEMPT_FIELDS = tuple(field.name for field in fields(Attempt) if field.name != "number")
_EPOCH_FIELDS = tuple(field.name for field in fields(EpochMetrics))
_WORKER_FIELDS = tuple(field.name for field in fields(WorkerRecord) if field.name != "is_gone")
_ENDINGS = {
    None: AttemptState.COMPLETED,
    FailureKind.WORKER_LOST: AttemptState.LOST,
    FailureKind.NODE_LOST: AttemptState.LOST,
    FailureKind.PREEMPTED: AttemptState.PREEMPTED,
    FailureKind.CANCELLED: AttemptState.CANCELLED,
}
GIVEN_UP = frozenset({AttemptState.LOST, AttemptState.PREEMPTED, AttemptState.CANCELLED})
"""Ends of attempts that may yet send a result, and are `AttemptState.FENCED` once they have."""


def counted(failure: FailureKind) -> tuple[int, int]:
    """Returns by how much a failure that is tried again raises (infrastructure_failures, own_failures)."""
    if failure is FailureKind.CANCELLED:
        return 0, 0
    return int(failure.is_infrastructure), int(not failure.is_infrastructure)


def attempt_row(trial_id: int, attempt: int, token: str, now: float) -> Row:
    """Returns the row of an attempt that begins; its token has been checked."""
    return {
        "trial_id": trial_id,
        "attempt": attempt,
        "state": AttemptState.RUNNING.value,
        "token": token,
        "worker": "",
        "started_at": now,
        "last_epoch": 0,
        "error_text": "",
    }


def attempt_end(failure: FailureKind | None, error_text: str, now: float) -> Row:
    """Returns the columns that the end of an attempt fills."""
    return {
        "state": _ENDINGS.get(failure, AttemptState.FAILED).value,
        "ended_at": now,
        "failure": failure.value if failure else None,
        "error_text": error_text_end(error_text),
    }


def is_stale(attempt: int, state: str, attempts: int, *, has_ended: bool) -> bool:
    """Returns whether a result of an attempt that does not run is one too many, its trial having had `attempts`.

    It is no such one where it ended the trial: that one comes twice.
    """
    is_its_end = (
        has_ended and attempt == attempts and AttemptState(state) not in (*GIVEN_UP, AttemptState.FENCED)
    )
    return not is_its_end


def read_attempt(row: AnyRow, number: int) -> Attempt:
    """Returns the record of a row of `nas_attempts` of the trial with that number."""
    values = {column: row[column] for column in _ATTEMPT_FIELDS}
    values["state"] = AttemptState(values["state"])
    values["failure"] = FailureKind(values["failure"]) if values["failure"] else None
    return Attempt(number=number, **values)


def epoch_rows(trial_id: int, epochs: Iterable[EpochMetrics]) -> list[Row]:
    """Returns a row an epoch; those with a number that is not finite are left out."""
    points = curve_points(epochs, finite=True)
    return [
        checked("nas_epochs", {"trial_id": trial_id, **dict(zip(_EPOCH_FIELDS, point, strict=True))})
        for point in points
    ]


def read_epochs(kept: Iterable[AnyRow]) -> tuple[EpochMetrics, ...]:
    """Returns the learning curve of rows of `nas_epochs`."""
    return tuple(EpochMetrics(**{column: row[column] for column in _EPOCH_FIELDS}) for row in kept)


def saved_row(trial_id: int, saved: SavedTraining, now: float) -> Row:
    """Returns the row of a training's state."""
    return checked(
        "nas_saved_trainings",
        {
            "trial_id": trial_id,
            "epoch": saved.epoch,
            "state": saved.state,
            "sha256": sha256(saved.state),
            "created_at": now,
        },
    )


def read_saved(row: AnyRow | None) -> SavedTraining | None:
    """Returns the state of a row of `nas_saved_trainings`; None where there is none, or it is damaged."""
    if row is None or sha256(row["state"]) != row["sha256"]:
        return None
    return SavedTraining(row["epoch"], row["state"])


def worker_row(worker: WorkerRecord, search_id: int) -> Row:
    """Returns the row of a worker that is there."""
    values = {column: getattr(worker, column) for column in _WORKER_FIELDS}
    values |= {
        "search_id": search_id,
        "worker": storable_text(worker.worker),
        "node": storable_text(worker.node),
    }
    return checked("nas_workers", values)


def read_worker(row: AnyRow) -> WorkerRecord:
    """Returns the record of a row of `nas_workers`."""
    return WorkerRecord(**{column: row[column] for column in _WORKER_FIELDS})
