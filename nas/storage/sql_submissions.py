"""The queue of processes that dashboards are to run, in SQLite or PostgreSQL. Each step is taken once."""
# ruff: noqa: D102 - the contract says what each method does

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, func, select, text, update

from nas.storage import log_rows, refusals, service_rows
from nas.storage import statements as sql
from nas.storage.owner import may_take_over
from nas.storage.records import AuditAction, Submission, SubmissionKind, SubmissionState
from nas.storage.sql_base import SqlBase, new_uid
from nas.storage.values import storable_text

_s = sql.SUBMISSIONS.c
_QUEUED, _RUNNING = SubmissionState.QUEUED.value, SubmissionState.RUNNING.value


class SqlSubmissions(SqlBase):
    """The methods of `nas.storage.service_contract` about submissions."""

    def add_submission(
        self, kind: SubmissionKind, search: str, arguments: Mapping[str, object], submitted_by: str
    ) -> Submission:
        row = service_rows.submission_row(kind, search, arguments, submitted_by, time.time(), new_uid())
        uid = new_uid()

        def add(connection: Connection) -> Submission:
            self._add_once(connection, sql.SUBMISSIONS, row)
            wanted = select(sql.SUBMISSIONS).where(_s.uid == row["uid"])
            added = service_rows.read_submission(connection.execute(wanted).mappings().one())
            act_text = service_rows.submitted_text(added.submission_id, kind)
            act = log_rows.act_row(AuditAction.SUBMIT, search, act_text, uid=uid, by=submitted_by)
            self._add_once(connection, sql.AUDIT, act)
            return added

        return self._write(add)

    def submission(self, submission_id: int) -> Submission:
        return self._look(lambda connection: _read(connection, submission_id))

    def submissions(
        self, *, state: SubmissionState | None = None, before: int | None = None, limit: int = 100
    ) -> list[Submission]:
        newest_first = select(sql.SUBMISSIONS).order_by(_s.submission_id.desc()).limit(limit)
        if state is not None:
            newest_first = newest_first.where(_s.state == state.value)
        if before is not None:
            newest_first = newest_first.where(_s.submission_id < before)
        return [service_rows.read_submission(row) for row in self._read(newest_first)]

    # Steps

    def claim_submission(self, runner: str, *, at_most: int) -> Submission | None:
        uid, now = new_uid(), time.time()
        values = {"state": _RUNNING, "runner": storable_text(runner), "started_at": now, "claim": uid}
        ours = select(sql.SUBMISSIONS).where(_s.state == _RUNNING, _s.claim == uid)
        running = select(func.count()).where(_s.state == _RUNNING)
        oldest = select(func.min(_s.submission_id)).where(_s.state == _QUEUED)

        if self._look(lambda connection: connection.scalar(oldest)) is None:
            return None  # without a lock: every dashboard asks all the time

        def claim(connection: Connection) -> Submission | None:
            _lock_queue(connection)
            row = connection.execute(ours).mappings().one_or_none()
            if row is not None:  # this transaction had happened, and its answer was lost
                return service_rows.read_submission(row)
            submission_id = connection.scalar(oldest)
            if submission_id is None or (connection.scalar(running) or 0) >= at_most:
                return None
            return _change(connection, submission_id, values)

        return self._write(claim)

    def started_submission(self, submission_id: int, process: str) -> Submission:
        values = {"process": storable_text(process)}

        def start(connection: Connection) -> Submission:
            _in_state(connection, submission_id, SubmissionState.RUNNING, "started")
            return _change(connection, submission_id, values)

        return self._write(start)

    def adopt_submission(self, submission_id: int, runner: str) -> Submission:
        def adopt(connection: Connection) -> Submission:
            found = _in_state(connection, submission_id, SubmissionState.RUNNING, "adopted")
            if not may_take_over(runner, found.runner):
                raise refusals.submission_kept(found)
            return _change(connection, submission_id, {"runner": storable_text(runner)})

        return self._write(adopt)

    def end_submission(self, submission_id: int, exit_code: int | None, message: str) -> Submission:
        values = service_rows.end_row(exit_code, message, time.time())

        def end(connection: Connection) -> Submission:
            found = _locked(connection, submission_id)
            if found.ended_at == values["ended_at"] and found.message == values["message"]:
                return found  # this transaction had happened, and its answer was lost
            _check(found, SubmissionState.RUNNING, "ended")
            return _change(connection, submission_id, values)

        return self._write(end)

    def cancel_submission(self, submission_id: int, by: str) -> Submission:
        uid, now = new_uid(), time.time()
        values = {"state": SubmissionState.CANCELLED.value, "ended_at": now}
        kept = select(sql.AUDIT.c.audit_id).where(sql.AUDIT.c.uid == uid)

        def cancel(connection: Connection) -> Submission:
            found = _locked(connection, submission_id)
            if connection.scalar(kept) is not None:  # likewise
                return found
            _check(found, SubmissionState.QUEUED, "cancelled")
            act_text = service_rows.submitted_text(submission_id, found.kind)
            act = log_rows.act_row(AuditAction.CANCEL, found.search, act_text, uid=uid, by=by)
            self._add_once(connection, sql.AUDIT, act)
            return _change(connection, submission_id, values)

        return self._write(cancel)


def _lock_queue(connection: Connection) -> None:
    """Lets one process at a time choose what to run; SQLite's transaction has the lock already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE nas_submissions IN SHARE ROW EXCLUSIVE MODE"))


def _read(connection: Connection, submission_id: int) -> Submission:
    return _one(connection, submission_id, _of(submission_id))


def _locked(connection: Connection, submission_id: int) -> Submission:
    return _one(connection, submission_id, _of(submission_id).with_for_update())


def _of(submission_id: int) -> Select[Any]:
    return select(sql.SUBMISSIONS).where(_s.submission_id == submission_id)


def _one(connection: Connection, submission_id: int, wanted: Select[Any]) -> Submission:
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise refusals.unknown_submission(submission_id)
    return service_rows.read_submission(row)


def _in_state(connection: Connection, submission_id: int, state: SubmissionState, step: str) -> Submission:
    """Returns a submission, locked; raises where it is not in the state from which it can be `step`."""
    found = _locked(connection, submission_id)
    _check(found, state, step)
    return found


def _check(found: Submission, state: SubmissionState, step: str) -> None:
    if found.state is not state:
        raise refusals.submission_state(found, step)


def _change(connection: Connection, submission_id: int, values: Mapping[str, object]) -> Submission:
    connection.execute(update(sql.SUBMISSIONS).where(_s.submission_id == submission_id).values(**values))
    return _read(connection, submission_id)
