"""What is written to SQLite or PostgreSQL without a lease, each row once: see `nas.storage.sql_base`."""
# ruff: noqa: D102 - the contract says what each method does

import time
from collections.abc import Callable

from sqlalchemy import Connection, Table, select

from nas.storage import handover_rows, log_rows, refusals, rows
from nas.storage import statements as sql
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
from nas.storage.rows import Row
from nas.storage.sql_base import SqlBase, new_uid
from workers.points import reach


class SqlArchive(SqlBase):
    """New searches, and what follows a search."""

    def create_search(self, search: NewSearch) -> SearchRecord:
        row = rows.search_row(search, time.time(), new_uid())
        act = log_rows.act_row(AuditAction.CREATE, search.name, uid=new_uid())

        def create(connection: Connection) -> SearchRecord:
            is_new = self._add_once(connection, sql.SEARCHES, row, key="name")
            wanted = sql.SEARCH.where(sql.SEARCHES.c.name == search.name)
            found = connection.execute(wanted).mappings().one()
            if found["uid"] != row["uid"]:
                raise refusals.search_exists(search.name, self._location)
            if is_new:
                event = log_rows.event_row(found["search_id"], row["log"], LogKind.CREATED)
                sql.ADD_EVENT.count(connection, event)
                self._add_once(connection, sql.AUDIT, act)
            reach("create.before_commit")
            return rows.read_search(found)

        record = self._write(create)
        reach("create.after_commit")
        return record

    # After the search

    def add_reading(self, search_id: int, reading: TestReading) -> None:
        row = log_rows.reading_row(reading, search_id, time.time(), new_uid())
        self._add_of_trial(sql.READINGS, row, AuditAction.READ, handover_rows.reading_text(reading))

    def readings(self, search_id: int) -> list[TestReading]:
        r = sql.READINGS.c
        in_order = select(sql.READINGS).where(r.search_id == search_id).order_by(r.reading_id)
        return [log_rows.read_reading(row) for row in self._read(in_order)]

    def add_audit(self, record: AuditRecord) -> None:
        row = log_rows.audit_row(record, new_uid())
        self._write(lambda connection: self._add_once(connection, sql.AUDIT, row))

    def audit(self, limit: int = 1000) -> list[AuditRecord]:
        newest_first = select(sql.AUDIT).order_by(sql.AUDIT.c.audit_id.desc()).limit(limit)
        return [log_rows.read_audit(row) for row in self._read(newest_first)]

    def save_training(self, search_id: int, training: TrainingRecord) -> None:
        now = time.time()
        row = handover_rows.training_row(training, search_id, now, new_uid())
        uid = new_uid()

        def read_test_part(connection: Connection) -> None:
            of_search = sql.SEARCHES.c.search_id == search_id
            fingerprint = connection.scalars(
                select(sql.SEARCHES.c.dataset_fingerprint).where(of_search)
            ).one()
            reading = handover_rows.reading_of(training, fingerprint)
            self._add_once(connection, sql.READINGS, log_rows.reading_row(reading, search_id, now, uid))

        text = handover_rows.training_text(training)
        self._add_of_trial(sql.TRAININGS, row, AuditAction.TRAIN, text, read_test_part)

    def trainings(self, search_id: int, *, weights: bool = False) -> list[TrainingRecord]:
        columns = [column for column in sql.TRAININGS.c if weights or column.name != "weights"]
        t = sql.TRAININGS.c
        newest_first = select(*columns).where(t.search_id == search_id).order_by(t.training_id.desc())
        return [handover_rows.read_training(row) for row in self._read(newest_first)]

    def save_export(self, search_id: int, export: ExportRecord) -> None:
        row = handover_rows.export_row(export, search_id, time.time(), new_uid())
        self._add_of_trial(sql.EXPORTS, row, AuditAction.EXPORT, handover_rows.export_text(export))

    def exports(self, search_id: int) -> list[ExportRecord]:
        e = sql.EXPORTS.c
        newest_first = select(sql.EXPORTS).where(e.search_id == search_id).order_by(e.export_id.desc())
        return [handover_rows.read_export(row) for row in self._read(newest_first)]

    # What the methods share

    def _add_of_trial(
        self,
        table: Table,
        row: Row,
        action: AuditAction,
        text: str,
        besides: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """Adds a row that belongs to one trial, which must exist, keeps who did, and does what is to be `besides`."""
        uid = new_uid()

        def add(connection: Connection) -> None:
            self._trial_row(connection, row["search_id"], row["number"])
            self._add_once(connection, table, row)
            besides(connection)
            of_search = sql.SEARCHES.c.search_id == row["search_id"]
            name = connection.scalars(select(sql.SEARCHES.c.name).where(of_search)).one()
            self._add_once(connection, sql.AUDIT, log_rows.act_row(action, name, text, uid=uid))

        self._write(add)
