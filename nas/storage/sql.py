"""Storage in SQLite or PostgreSQL. `nas.storage.open` makes one from a URL.

Statements are SQLAlchemy Core: the object mapper costs four times as much a row and brings nothing to records that
never change. A trial's life is four transactions, each a fenced statement of `nas.storage.statements` and one more.
"""
# ruff: noqa: D102 - the contract says what each method does

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Executable, RowMapping, func, insert, select
from sqlalchemy.exc import IntegrityError

from nas.errors import StorageError
from nas.storage import refusals, rows
from nas.storage import statements as sql
from nas.storage.address import shown
from nas.storage.connection import for_writing, transaction
from nas.storage.contract import Storage
from nas.storage.owner import may_take_over
from nas.storage.prepared import Prepared
from nas.storage.records import (
    Checkpoint,
    ExportRecord,
    Lease,
    NewSearch,
    SearchRecord,
    SearchState,
    TrainingRecord,
)
from nas.storage.values import checked, error_text_end
from nas.trial import Feedback, NewTrial, PolicyUpdate, Trial, TrialState
from workers.job import FailureKind, Outcome


class SqlStorage(Storage):
    """Keeps searches in the database of `engine`, whose tables must be there."""

    def __init__(self, engine: Engine) -> None:
        self._reader = engine
        self._writer = for_writing(engine)
        self._location = shown(engine.url)

    def close(self) -> None:
        self._reader.dispose()

    # Searches

    def create_search(self, search: NewSearch) -> SearchRecord:
        row = rows.search_row(search, time.time())
        with transaction(self._writer) as connection:
            try:
                result = connection.execute(insert(sql.SEARCHES).returning(*sql.SEARCHES.c), row)
            except IntegrityError as error:
                raise refusals.search_exists(search.name, self._location) from error
            return rows.read_search(result.mappings().one())

    def search(self, name: str) -> SearchRecord:
        with transaction(self._reader) as connection:
            row = (
                connection.execute(select(sql.SEARCHES).where(sql.SEARCHES.c.name == name))
                .mappings()
                .one_or_none()
            )
            if row is None:
                known = connection.scalars(select(sql.SEARCHES.c.name)).all()
                raise refusals.unknown_search(name, known, self._location)
            return rows.read_search(row)

    def searches(self) -> list[SearchRecord]:
        newest_first = select(sql.SEARCHES).order_by(sql.SEARCHES.c.search_id.desc())
        return [rows.read_search(row) for row in self._read(newest_first)]

    # Driving one search

    def acquire(self, search_id: int, owner: str, *, seconds: float) -> Lease:
        with transaction(self._writer) as connection:
            held = connection.execute(sql.LEASE, {"search": search_id}).one_or_none()
            if held is None:
                raise refusals.unknown_search_id(search_id, self._location)
            if held.owner and held.seconds_left > 0 and not may_take_over(owner, held.owner):
                raise refusals.search_busy(held.name, held.owner, held.seconds_left)
            values = {"search": search_id, "new_owner": owner, "seconds": seconds, "now": time.time()}
            return Lease(search_id, connection.execute(sql.ACQUIRE, values).scalar_one(), owner)

    def renew(self, lease: Lease, *, seconds: float) -> None:
        with self._fenced(lease, sql.RENEW, seconds=seconds):
            pass

    def release(self, lease: Lease, state: SearchState, error_text: str = "") -> None:
        with self._fenced(
            lease, sql.RELEASE, new_state=state.value, new_error_text=error_text_end(error_text)
        ):
            pass

    def extend(self, lease: Lease, *, trial_budget: int | None, time_budget_seconds: float | None) -> None:
        budgets = {"new_trial_budget": trial_budget, "new_time_budget_seconds": time_budget_seconds}
        with self._fenced(lease, sql.EXTEND, **checked("nas_searches", budgets)):
            pass

    def add_trials(self, lease: Lease, trials: Sequence[NewTrial]) -> list[Trial]:
        now = time.time()
        with self._fenced(lease, sql.COUNT_CREATED, count=len(trials)) as (connection, event, created):
            first = created - len(trials)
            new_rows = [
                rows.trial_row(trial, lease.search_id, number, event, now)
                for number, trial in enumerate(trials, first)
            ]
            added = [sql.ADD_TRIAL.row(connection, row) for row in new_rows]
        return [_read_trial(row) for row in added if row]

    def start_trial(self, lease: Lease, trial_id: int) -> None:
        with self._fenced(lease, sql.TOUCH) as (connection, *_):
            _change(connection, lease, trial_id, sql.START_TRIAL, "started", {"now": time.time()})

    def finish_trial(
        self,
        lease: Lease,
        trial_id: int,
        outcome: Outcome,
        reward: float | None,
        objectives: Sequence[float] = (),
    ) -> Trial:
        row = rows.outcome_row(outcome, reward, objectives, time.time())
        if outcome.failure:
            fenced = self._fenced(lease, sql.COUNT_FAILED, finished_trial=trial_id)
        else:
            fenced = self._fenced(lease, sql.COUNT_COMPLETED, finished_trial=trial_id, reward=reward)
        with fenced as (connection, *_):
            columns = {**row, "trial": trial_id, "search": lease.search_id}
            finished = sql.FINISH_TRIAL.row(connection, columns)
            if finished is None:
                raise _refusal(connection, lease, trial_id, "finished")
        return _read_trial(finished)

    def requeue_trial(self, lease: Lease, trial_id: int, *, infrastructure_failure: bool) -> None:
        with self._fenced(lease, sql.TOUCH) as (connection, *_):
            lost = {"lost": int(infrastructure_failure)}
            _change(connection, lease, trial_id, sql.REQUEUE_TRIAL, "put back", lost)

    def record_tell(self, lease: Lease, trial_ids: Sequence[int], feedback: Feedback) -> int:
        with self._fenced(lease, sql.NEXT_EVENT) as (connection, event, _):
            for trial_id, baseline in zip(trial_ids, feedback.baselines, strict=True):
                told = checked("nas_trials", {"event": event, "new_baseline": baseline})
                _change(connection, lease, trial_id, sql.TELL_TRIAL, "told", told)
            for update in feedback.updates:
                sql.ADD_UPDATE.count(connection, rows.update_row(update, lease.search_id, event))
        return event

    def save_checkpoint(self, lease: Lease, state: bytes) -> None:
        with self._fenced(lease, sql.TOUCH) as (connection, event, _):
            row = rows.checkpoint_row(state, lease.search_id, event, time.time())
            connection.execute(sql.DROP_CHECKPOINT, {"search": lease.search_id, "last_event": event})
            connection.execute(insert(sql.CHECKPOINTS), row)
            connection.execute(sql.DROP_OLD_CHECKPOINTS, {"search": lease.search_id})

    def latest_checkpoint(self, search_id: int) -> Checkpoint | None:
        newest_first = (
            select(sql.CHECKPOINTS)
            .where(sql.CHECKPOINTS.c.search_id == search_id)
            .order_by(sql.CHECKPOINTS.c.event.desc())
        )
        return rows.newest_sound(self._read(newest_first))

    # Reading

    def trials(self, search_id: int, *, after: int = -1, limit: int | None = None) -> list[Trial]:
        by_number = (
            select(sql.TRIALS)
            .where(sql.TRIALS.c.search_id == search_id, sql.TRIALS.c.number > after)
            .order_by(sql.TRIALS.c.number)
            .limit(limit)
        )
        return [rows.read_trial(row) for row in self._read(by_number)]

    def trial(self, search_id: int, number: int) -> Trial:
        with transaction(self._reader) as connection:
            return rows.read_trial(self._trial_row(connection, search_id, number))

    def leaderboard(self, search_id: int, limit: int) -> list[Trial]:
        best_first = (
            select(sql.TRIALS)
            .where(sql.TRIALS.c.search_id == search_id, sql.TRIALS.c.reward.is_not(None))
            .order_by(sql.TRIALS.c.reward.desc(), sql.TRIALS.c.number)
            .limit(limit)
        )
        return [rows.read_trial(row) for row in self._read(best_first)]

    def failures(self, search_id: int) -> dict[FailureKind, int]:
        failure = sql.TRIALS.c.failure
        counted = (
            select(failure, func.count().label("trials"))
            .where(sql.TRIALS.c.search_id == search_id, failure.is_not(None))
            .group_by(failure)
        )
        kinds = {row["failure"]: row["trials"] for row in self._read(counted)}
        return {kind: kinds[kind.value] for kind in FailureKind if kind.value in kinds}

    def updates(self, search_id: int) -> list[PolicyUpdate]:
        by_version = (
            select(sql.UPDATES).where(sql.UPDATES.c.search_id == search_id).order_by(sql.UPDATES.c.version)
        )
        return [rows.read_update(row) for row in self._read(by_version)]

    # After the search

    def save_training(self, search_id: int, training: TrainingRecord) -> None:
        row = rows.training_row(training, search_id, time.time())
        with transaction(self._writer) as connection:
            self._trial_row(connection, search_id, training.number)
            connection.execute(insert(sql.TRAININGS), row)

    def trainings(self, search_id: int, *, weights: bool = False) -> list[TrainingRecord]:
        columns = [column for column in sql.TRAININGS.c if weights or column.name != "weights"]
        newest_first = (
            select(*columns)
            .where(sql.TRAININGS.c.search_id == search_id)
            .order_by(sql.TRAININGS.c.training_id.desc())
        )
        return [rows.read_training(row) for row in self._read(newest_first)]

    def save_export(self, search_id: int, export: ExportRecord) -> None:
        row = rows.export_row(export, search_id, time.time())
        with transaction(self._writer) as connection:
            self._trial_row(connection, search_id, export.number)
            connection.execute(insert(sql.EXPORTS), row)

    def exports(self, search_id: int) -> list[ExportRecord]:
        newest_first = (
            select(sql.EXPORTS)
            .where(sql.EXPORTS.c.search_id == search_id)
            .order_by(sql.EXPORTS.c.export_id.desc())
        )
        return [rows.read_export(row) for row in self._read(newest_first)]

    # What the methods share

    def _read(self, statement: Executable) -> Sequence[RowMapping]:
        with transaction(self._reader) as connection:
            return connection.execute(statement).mappings().all()

    @contextmanager
    def _fenced(
        self, lease: Lease, statement: Prepared, **values: object
    ) -> Iterator[tuple[Connection, int, int]]:
        """Begins a transaction with a fenced statement; gives `event` and `created` of the search after it."""
        proof = {"lease_search": lease.search_id, "lease_epoch": lease.epoch, "now": time.time()}
        with transaction(self._writer) as connection:
            search = statement.row(connection, {**proof, **values})
            if search is None:
                raise self._lease_lost(connection, lease)
            event, created = search
            yield connection, event, created

    def _lease_lost(self, connection: Connection, lease: Lease) -> StorageError:
        held = connection.execute(sql.LEASE, {"search": lease.search_id}).one_or_none()
        if held is None:
            return refusals.unknown_search_id(lease.search_id, self._location)
        return refusals.lease_lost(lease, held.name, held.owner)

    def _trial_row(self, connection: Connection, search_id: int, number: int) -> RowMapping:
        wanted = select(sql.TRIALS).where(sql.TRIALS.c.search_id == search_id, sql.TRIALS.c.number == number)
        row = connection.execute(wanted).mappings().one_or_none()
        if row is None:
            search = connection.execute(
                select(sql.SEARCHES.c.name, sql.SEARCHES.c.created).where(
                    sql.SEARCHES.c.search_id == search_id
                )
            ).one_or_none()
            if search is None:
                raise refusals.unknown_search_id(search_id, self._location)
            raise refusals.unknown_trial(search.name, number, search.created)
        return row


def _change(
    connection: Connection,
    lease: Lease,
    trial_id: int,
    statement: Prepared,
    attempt: str,
    values: Mapping[str, object],
) -> None:
    """Changes one trial; raises where it is not in the state that `statement` asks for."""
    key = {"trial": trial_id, "search": lease.search_id}
    if statement.count(connection, {**key, **values}) != 1:
        raise _refusal(connection, lease, trial_id, attempt)


def _refusal(connection: Connection, lease: Lease, trial_id: int, attempt: str) -> StorageError:
    wanted = select(sql.TRIALS.c.number, sql.TRIALS.c.state, sql.TRIALS.c.told_event).where(
        sql.TRIALS.c.trial_id == trial_id, sql.TRIALS.c.search_id == lease.search_id
    )
    trial = connection.execute(wanted).one_or_none()
    if trial is None:
        return refusals.unknown_trial_id(lease, trial_id)
    return refusals.trial_state(trial.number, TrialState(trial.state), trial.told_event is not None, attempt)


def _read_trial(row: Sequence[Any]) -> Trial:
    return rows.read_trial(dict(zip(rows.TRIAL_FIELDS, row, strict=True)))
