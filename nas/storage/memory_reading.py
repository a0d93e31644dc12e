"""Reading searches and trials from memory."""
# ruff: noqa: D102 - the contract says what each method does

import time
from collections import Counter

from nas.storage import attempt_rows, log_rows, refusals, rows
from nas.storage.memory_base import LOCATION, MemoryBase
from nas.storage.records import (
    ArchitectureRecord,
    Checkpoint,
    HistoryPoint,
    LogEntry,
    SearchRecord,
    WorkerRecord,
)
from nas.storage.rows import Row
from nas.trial import Attempt, PolicyUpdate, SavedTraining, Trial, TrialState
from workers.job import EpochMetrics, FailureKind


class MemoryReading(MemoryBase):
    """The methods that write nothing, and need no lease."""

    def search(self, name: str) -> SearchRecord:
        by_name = {tables.search["name"]: tables.search for tables in self._searches.values()}
        if name not in by_name:
            raise refusals.unknown_search(name, by_name, LOCATION)
        return _read_search(by_name[name])

    def searches(self) -> list[SearchRecord]:
        return [_read_search(tables.search) for tables in reversed(self._searches.values())]

    def latest_checkpoint(self, search_id: int) -> Checkpoint | None:
        return rows.newest_sound(reversed(self._rows(search_id).checkpoints))

    def damaged_checkpoints(self, search_id: int) -> list[int]:
        return rows.damaged_events(reversed(self._rows(search_id).checkpoints))

    # Trials

    def trials(
        self, search_id: int, *, after: int = -1, limit: int | None = None, curves: bool = True
    ) -> list[Trial]:
        following = self._rows(search_id).trials[max(after + 1, 0) :]  # numbers are positions
        return [rows.read_trial(row if curves else row | {"curve": "[]"}) for row in following[:limit]]

    def page(
        self, search_id: int, *, state: TrialState | None = None, before: int | None = None, limit: int = 50
    ) -> list[Trial]:
        trials = self._rows(search_id).trials
        older = trials if before is None else trials[: max(before, 0)]
        wanted = [row for row in reversed(older) if state is None or row["state"] == state]
        return [rows.read_trial(row | {"curve": "[]"}) for row in wanted[:limit]]

    def open_trials(self, search_id: int) -> list[Trial]:
        return [rows.read_trial(row) for row in self._rows(search_id).trials if row["told_event"] is None]

    def trial(self, search_id: int, number: int) -> Trial:
        return rows.read_trial(self._trial_row(search_id, number))

    def leaderboard(self, search_id: int, limit: int) -> list[Trial]:
        ranked = [row for row in self._rows(search_id).trials if row["reward"] is not None]
        ranked.sort(key=lambda row: (-row["reward"], row["number"]))
        return [rows.read_trial(row) for row in ranked[:limit]]

    # Training

    def saved_training(self, trial_id: int) -> SavedTraining | None:
        training = self._training.get(trial_id)
        return attempt_rows.read_saved(training.saved if training else None)

    def attempts(self, search_id: int, number: int) -> list[Attempt]:
        trial_id = self._trial_row(search_id, number)["trial_id"]
        return [attempt_rows.read_attempt(row, number) for row in self._training[trial_id].attempts]

    def lost_workers(self, search_id: int) -> dict[str, int]:
        return dict(
            Counter(
                trial["canonical_key"]
                for trial in self._rows(search_id).trials
                for attempt in self._training[trial["trial_id"]].attempts
                if attempt["failure"] == FailureKind.WORKER_LOST
            )
        )

    def epochs(self, search_id: int, number: int) -> tuple[EpochMetrics, ...]:
        trial = self.trial(search_id, number)
        live = self._training[trial.trial_id].epochs
        in_order = attempt_rows.read_epochs(live[epoch] for epoch in sorted(live))
        return trial.curve if trial.state.is_final else in_order

    def workers(self, search_id: int) -> list[WorkerRecord]:
        workers = self._rows(search_id).workers
        return [attempt_rows.read_worker(workers[name]) for name in sorted(workers)]

    # What happened, and what came of it

    def events(self, search_id: int, *, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        newer = [row for row in self._rows(search_id).events if row["event_id"] > after]
        return [log_rows.read_event(row) for row in newer[:limit]]

    def history(self, search_id: int, points: int = 1000) -> list[HistoryPoint]:
        tables = self._rows(search_id)
        factor = log_rows.stretches_merged(tables.search.get("told", 0), points)
        return log_rows.merge_stretches(tables.history, factor)

    def architectures(self, search_id: int, limit: int) -> list[ArchitectureRecord]:
        ranked = sorted(
            self._rows(search_id).architectures.values(),
            key=lambda row: (-row["mean_reward"], row["first_number"]),
        )
        return [log_rows.read_architecture(row) for row in ranked[:limit]]

    def architecture(self, search_id: int, canonical_key: str) -> ArchitectureRecord | None:
        row = self._rows(search_id).architectures.get(canonical_key)
        return None if row is None else log_rows.read_architecture(row)

    def failures(self, search_id: int) -> dict[FailureKind, int]:
        kinds = self._rows(search_id).failures
        return {kind: kinds[kind.value] for kind in FailureKind if kinds[kind.value]}

    def updates(self, search_id: int, *, after: int = 0, limit: int | None = None) -> list[PolicyUpdate]:
        by_version = sorted(self._rows(search_id).updates, key=lambda row: row["version"])
        following = [row for row in by_version if row["version"] > after]
        return [rows.read_update(row) for row in following[:limit]]


def _read_search(row: Row) -> SearchRecord:
    age = None if row["renewed_at"] is None else time.time() - row["renewed_at"]
    return rows.read_search(row | {"lease_age_seconds": age})
