"""Storage without a database, for tests and benchmarks: the same rows, order and refusals, gone with the process."""
# ruff: noqa: D102 - the contract says what each method does

import time

from nas.storage import handover_rows, log_rows, refusals, rows
from nas.storage.memory_base import LOCATION, Tables
from nas.storage.memory_driving import MemoryDriving
from nas.storage.memory_reading import MemoryReading
from nas.storage.memory_service import MemoryService
from nas.storage.records import (
    AuditAction,
    AuditRecord,
    ExportRecord,
    LogKind,
    NewSearch,
    SearchRecord,
    TestReading,
    TrainingRecord,
)


class InMemoryStorage(MemoryDriving, MemoryReading, MemoryService):
    """Keeps searches in lists; see `nas.storage.memory_base`."""

    def create_search(self, search: NewSearch) -> SearchRecord:
        row = rows.search_row(search, time.time(), uid="")
        if any(tables.search["name"] == search.name for tables in self._searches.values()):
            raise refusals.search_exists(search.name, LOCATION)
        row.update(search_id=len(self._searches) + 1, log=0)
        tables = self._searches[row["search_id"]] = Tables(row)
        tables.log(LogKind.CREATED)
        self._act(AuditAction.CREATE, tables)
        return rows.read_search(row)

    # After the search

    def add_reading(self, search_id: int, reading: TestReading) -> None:
        row = log_rows.reading_row(reading, search_id, time.time(), uid="")
        self._trial_row(search_id, reading.number)
        tables = self._tables(search_id)
        tables.readings.append(row)
        self._act(AuditAction.READ, tables, handover_rows.reading_text(reading))

    def readings(self, search_id: int) -> list[TestReading]:
        return [log_rows.read_reading(row) for row in self._rows(search_id).readings]

    def add_audit(self, record: AuditRecord) -> None:
        self._audit.append(log_rows.audit_row(record, uid=""))

    def audit(self, limit: int = 1000) -> list[AuditRecord]:
        return [log_rows.read_audit(row) for row in list(reversed(self._audit))[:limit]]

    def save_training(self, search_id: int, training: TrainingRecord) -> None:
        row = handover_rows.training_row(training, search_id, time.time(), uid="")
        self._trial_row(search_id, training.number)
        tables = self._tables(search_id)
        reading = handover_rows.reading_of(training, tables.search["dataset_fingerprint"])
        tables.readings.append(log_rows.reading_row(reading, search_id, row["created_at"], uid=""))
        tables.trainings.append(row)
        self._act(AuditAction.TRAIN, tables, handover_rows.training_text(training))

    def trainings(self, search_id: int, *, weights: bool = False) -> list[TrainingRecord]:
        shown = {} if weights else {"weights": b""}
        newest_first = reversed(self._rows(search_id).trainings)
        return [handover_rows.read_training(row | shown) for row in newest_first]

    def save_export(self, search_id: int, export: ExportRecord) -> None:
        row = handover_rows.export_row(export, search_id, time.time(), uid="")
        self._trial_row(search_id, export.number)
        tables = self._tables(search_id)
        tables.exports.append(row)
        self._act(AuditAction.EXPORT, tables, handover_rows.export_text(export))

    def exports(self, search_id: int) -> list[ExportRecord]:
        return [handover_rows.read_export(row) for row in reversed(self._rows(search_id).exports)]
