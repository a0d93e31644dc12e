"""Reading searches and trials from SQLite or PostgreSQL. No statement reads more than it gives back."""
# ruff: noqa: D102 - the contract says what each method does

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Double, RowMapping, Select, cast, func, literal, select

from nas.storage import attempt_rows, log_rows, refusals, rows
from nas.storage import statements as sql
from nas.storage.models import OPEN, PLACES
from nas.storage.records import (
    ArchitectureRecord,
    Checkpoint,
    HistoryPoint,
    LogEntry,
    SearchRecord,
    WorkerRecord,
)
from nas.storage.sql_base import SqlBase
from nas.trial import Attempt, PolicyUpdate, SavedTraining, Trial, TrialState
from workers.job import EpochMetrics, FailureKind

_WITHOUT_CURVES = select(
    *(sql.TRIALS.c[name] for name in rows.TRIAL_FIELDS if name != "curve"), literal("[]").label("curve")
)


class SqlReading(SqlBase):
    """The methods that write nothing, and need no lease."""

    def search(self, name: str) -> SearchRecord:
        def find(connection: Connection) -> SearchRecord:
            row = connection.execute(sql.SEARCH.where(sql.SEARCHES.c.name == name)).mappings().one_or_none()
            if row is None:
                known = connection.scalars(select(sql.SEARCHES.c.name)).all()
                raise refusals.unknown_search(name, known, self._location)
            return rows.read_search(row)

        return self._look(find)

    def searches(self) -> list[SearchRecord]:
        newest_first = sql.SEARCH.order_by(sql.SEARCHES.c.search_id.desc())
        return [rows.read_search(row) for row in self._read(newest_first)]

    def latest_checkpoint(self, search_id: int) -> Checkpoint | None:
        newest = rows.newest_sound(self._checkpoints(search_id, limit=1))
        return newest or rows.newest_sound(self._checkpoints(search_id))

    def damaged_checkpoints(self, search_id: int) -> list[int]:
        return rows.damaged_events(self._checkpoints(search_id))

    def _checkpoints(self, search_id: int, limit: int | None = None) -> Sequence[RowMapping]:
        c = sql.CHECKPOINTS.c
        newest_first = select(sql.CHECKPOINTS).where(c.search_id == search_id).order_by(c.event.desc())
        return self._read(newest_first.limit(limit))

    # Trials

    def trials(
        self, search_id: int, *, after: int = -1, limit: int | None = None, curves: bool = True
    ) -> list[Trial]:
        t = sql.TRIALS.c
        by_number = (
            (select(sql.TRIALS) if curves else _WITHOUT_CURVES)
            .where(t.search_id == search_id, t.number > after)
            .order_by(t.number)
            .limit(limit)
        )
        return self._trials(by_number)

    def page(
        self, search_id: int, *, state: TrialState | None = None, before: int | None = None, limit: int = 50
    ) -> list[Trial]:
        t = sql.TRIALS.c
        newest_first = _WITHOUT_CURVES.where(t.search_id == search_id).order_by(t.number.desc()).limit(limit)
        if state is not None:
            newest_first = newest_first.where(t.state == state.value, PLACES[state])
        if before is not None:
            newest_first = newest_first.where(t.number < before)
        return self._trials(newest_first)

    def open_trials(self, search_id: int) -> list[Trial]:
        t = sql.TRIALS.c
        return self._trials(select(sql.TRIALS).where(t.search_id == search_id, OPEN).order_by(t.number))

    def trial(self, search_id: int, number: int) -> Trial:
        return self._look(lambda connection: rows.read_trial(self._trial_row(connection, search_id, number)))

    def leaderboard(self, search_id: int, limit: int) -> list[Trial]:
        t = sql.TRIALS.c
        return self._trials(
            select(sql.TRIALS)
            .where(t.search_id == search_id, t.reward.is_not(None))
            .order_by(t.reward.desc(), t.number)
            .limit(limit)
        )

    def _trials(self, statement: Select[Any]) -> list[Trial]:
        return [rows.read_trial(row) for row in self._read(statement)]

    # Training

    def saved_training(self, trial_id: int) -> SavedTraining | None:
        found = self._read(select(sql.SAVED).where(sql.SAVED.c.trial_id == trial_id))
        return attempt_rows.read_saved(found[0] if found else None)

    def attempts(self, search_id: int, number: int) -> list[Attempt]:
        a = sql.ATTEMPTS.c

        def find(connection: Connection) -> list[Attempt]:
            trial_id = self._trial_row(connection, search_id, number)["trial_id"]
            in_order = select(sql.ATTEMPTS).where(a.trial_id == trial_id).order_by(a.attempt)
            found = connection.execute(in_order).mappings()
            return [attempt_rows.read_attempt(row, number) for row in found]

        return self._look(find)

    def lost_workers(self, search_id: int) -> dict[str, int]:
        t, a = sql.TRIALS.c, sql.ATTEMPTS.c
        by_key = (
            select(t.canonical_key, func.count().label("lost"))
            .join_from(sql.ATTEMPTS, sql.TRIALS, a.trial_id == t.trial_id)
            .where(t.search_id == search_id, a.failure == FailureKind.WORKER_LOST.value)
            .group_by(t.canonical_key)
        )
        return {row["canonical_key"]: row["lost"] for row in self._read(by_key)}

    def epochs(self, search_id: int, number: int) -> tuple[EpochMetrics, ...]:
        e = sql.EPOCHS.c

        def find(connection: Connection) -> tuple[EpochMetrics, ...]:
            trial = rows.read_trial(self._trial_row(connection, search_id, number))
            if trial.state.is_final:
                return trial.curve
            in_order = select(sql.EPOCHS).where(e.trial_id == trial.trial_id).order_by(e.epoch)
            return attempt_rows.read_epochs(connection.execute(in_order).mappings())

        return self._look(find)

    def workers(self, search_id: int) -> list[WorkerRecord]:
        w = sql.WORKERS.c
        by_name = select(sql.WORKERS).where(w.search_id == search_id).order_by(w.worker)
        return [attempt_rows.read_worker(row) for row in self._read(by_name)]

    # What happened, and what came of it

    def events(self, search_id: int, *, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        e = sql.EVENTS.c
        in_order = (
            select(sql.EVENTS)
            .where(e.search_id == search_id, e.event_id > after)
            .order_by(e.event_id)
            .limit(limit)
        )
        return [log_rows.read_event(row) for row in self._read(in_order)]

    def history(self, search_id: int, points: int = 1000) -> list[HistoryPoint]:
        h = sql.HISTORY.c

        def find(connection: Connection) -> list[HistoryPoint]:
            of_search = sql.SEARCHES.c.search_id == search_id
            told = connection.scalar(select(sql.SEARCHES.c.told).where(of_search)) or 0
            factor = log_rows.stretches_merged(told, points)
            part = h.stretch // factor
            merged = (
                select(
                    part * (factor * log_rows.STRETCH),
                    cast(func.sum(h.trials), BigInteger),
                    func.max(h.best),
                    func.sum(h.reward_sum) / cast(func.nullif(func.sum(h.rewarded), 0), Double),
                )
                .where(h.search_id == search_id)
                .group_by(part)
                .order_by(part)
            )
            return [HistoryPoint(*point) for point in connection.execute(merged)]

        return self._look(find)

    def architectures(self, search_id: int, limit: int) -> list[ArchitectureRecord]:
        a = sql.ARCHITECTURES.c
        best_first = (
            select(sql.ARCHITECTURES)
            .where(a.search_id == search_id)
            .order_by(a.mean_reward.desc(), a.first_number)
            .limit(limit)
        )
        return [log_rows.read_architecture(row) for row in self._read(best_first)]

    def architecture(self, search_id: int, canonical_key: str) -> ArchitectureRecord | None:
        a = sql.ARCHITECTURES.c
        by_key = select(sql.ARCHITECTURES).where(a.search_id == search_id, a.canonical_key == canonical_key)
        found = self._read(by_key)
        return log_rows.read_architecture(found[0]) if found else None

    def failures(self, search_id: int) -> dict[FailureKind, int]:
        f = sql.FAILURES.c
        kinds = {
            row["kind"]: row["trials"]
            for row in self._read(select(sql.FAILURES).where(f.search_id == search_id))
        }
        return {kind: kinds[kind.value] for kind in FailureKind if kind.value in kinds}

    def updates(self, search_id: int, *, after: int = 0, limit: int | None = None) -> list[PolicyUpdate]:
        u = sql.UPDATES.c
        by_version = (
            select(sql.UPDATES)
            .where(u.search_id == search_id, u.version > after)
            .order_by(u.version)
            .limit(limit)
        )
        return [rows.read_update(row) for row in self._read(by_version)]
