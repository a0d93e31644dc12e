"""Rows of what follows a search: full trainings and hand-overs. See `nas.storage.rows`."""

import json
from dataclasses import fields

from nas.storage.records import ExportRecord, TestReading, TrainingRecord
from nas.storage.rows import AnyRow, Row
from nas.storage.values import checked, storable_text, to_json

_TRAINING_FIELDS, _EXPORT_FIELDS = (
    tuple(field.name for field in fields(record)) for record in (TrainingRecord, ExportRecord)
)


def training_text(training: TrainingRecord) -> str:
    """Returns what the audit tells of a full training."""
    return f"trial {training.number}: {training.test_correct} of {training.test_total} test pictures"


def reading_text(reading: TestReading) -> str:
    """Returns what the audit tells of a look at the test part."""
    return f"trial {reading.number}, {reading.purpose}: {reading.correct} of {reading.total} test pictures"


def export_text(export: ExportRecord) -> str:
    """Returns what the audit tells of a hand-over."""
    return f"trial {export.number} to {export.directory}"


def training_row(training: TrainingRecord, search_id: int, now: float, uid: str) -> Row:
    """Returns the row of a full training, without its id."""
    values = {column: getattr(training, column) for column in _TRAINING_FIELDS}
    values |= {
        "search_id": search_id,
        "recipe": to_json(training.recipe),
        "versions": to_json(training.versions),
        "device": storable_text(training.device),
        "created_at": now,
        "uid": uid,
    }
    return checked("nas_trainings", values)


def reading_of(training: TrainingRecord, dataset_fingerprint: str) -> TestReading:
    """Returns the look at the test part that a full training ended with."""
    return TestReading(
        training.number, "full training", dataset_fingerprint, training.test_correct, training.test_total
    )


def read_training(row: AnyRow) -> TrainingRecord:
    """Returns the record of a row of `nas_trainings`, without weights where the row has none."""
    values = {column: row[column] for column in _TRAINING_FIELDS if column in row}
    return TrainingRecord(
        **values | {"recipe": json.loads(row["recipe"]), "versions": json.loads(row["versions"])}
    )


def export_row(export: ExportRecord, search_id: int, now: float, uid: str) -> Row:
    """Returns the row of a hand-over, without its id."""
    return checked(
        "nas_exports",
        {
            "search_id": search_id,
            "number": export.number,
            "directory": storable_text(export.directory),
            "created_at": now,
            "uid": uid,
        },
    )


def read_export(row: AnyRow) -> ExportRecord:
    """Returns the record of a row of `nas_exports`."""
    return ExportRecord(**{column: row[column] for column in _EXPORT_FIELDS})
