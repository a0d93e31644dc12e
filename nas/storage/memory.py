"""Storage without a database, for tests and benchmarks: the same rows, order and refusals, gone with the process."""
# ruff: noqa: D102 - the contract says what each method does

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from nas.storage import refusals, rows
from nas.storage.contract import Storage
from nas.storage.owner import may_take_over
from nas.storage.records import (
    Checkpoint,
    ExportRecord,
    Lease,
    NewSearch,
    SearchRecord,
    SearchState,
    TrainingRecord,
)
from nas.storage.rows import CHECKPOINTS_KEPT, Row
from nas.storage.values import checked, error_text_end
from nas.trial import Feedback, NewTrial, PolicyUpdate, Trial, TrialState
from workers.job import FailureKind, Outcome

_LOCATION = "memory"


@dataclass
class _Tables:
    """The row of one search and the rows that belong to it, in the order in which they arrived."""

    search: Row
    trials: list[Row] = field(default_factory=list)
    updates: list[Row] = field(default_factory=list)
    checkpoints: list[Row] = field(default_factory=list)
    trainings: list[Row] = field(default_factory=list)
    exports: list[Row] = field(default_factory=list)


class InMemoryStorage(Storage):
    """Keeps searches in lists. Every refusal comes before the first change, so each method happens wholly or not."""

    def __init__(self) -> None:
        self._searches: dict[int, _Tables] = {}
        self._trials: dict[int, Row] = {}  # of all searches, by trial id

    def close(self) -> None:
        """Keeps everything: the storage may be used again."""

    # Searches

    def create_search(self, search: NewSearch) -> SearchRecord:
        row = rows.search_row(search, time.time())
        if any(tables.search["name"] == search.name for tables in self._searches.values()):
            raise refusals.search_exists(search.name, _LOCATION)
        row["search_id"] = len(self._searches) + 1
        self._searches[row["search_id"]] = _Tables(row)
        return rows.read_search(row)

    def search(self, name: str) -> SearchRecord:
        by_name = {tables.search["name"]: tables.search for tables in self._searches.values()}
        if name not in by_name:
            raise refusals.unknown_search(name, by_name, _LOCATION)
        return rows.read_search(by_name[name])

    def searches(self) -> list[SearchRecord]:
        return [rows.read_search(tables.search) for tables in reversed(self._searches.values())]

    # Driving one search

    def acquire(self, search_id: int, owner: str, *, seconds: float) -> Lease:
        search = self._tables(search_id).search
        now = time.time()
        if search["owner"] and search["lease_until"] > now and not may_take_over(owner, search["owner"]):
            raise refusals.search_busy(search["name"], search["owner"], search["lease_until"] - now)
        search.update(
            state=SearchState.RUNNING.value,
            epoch=search["epoch"] + 1,
            owner=owner,
            lease_until=now + seconds,
            renewed_at=now,
            updated_at=now,
            error_text="",
        )
        return Lease(search_id, search["epoch"], owner)

    def renew(self, lease: Lease, *, seconds: float) -> None:
        with self._fenced(lease) as tables:
            _spend(tables.search)
            tables.search["lease_until"] = tables.search["renewed_at"] + seconds

    def release(self, lease: Lease, state: SearchState, error_text: str = "") -> None:
        with self._fenced(lease) as tables:
            search = tables.search
            _spend(search)
            search.update(state=state.value, error_text=error_text_end(error_text), epoch=search["epoch"] + 1)
            search.update(owner=None, lease_until=None, renewed_at=None)

    def extend(self, lease: Lease, *, trial_budget: int | None, time_budget_seconds: float | None) -> None:
        with self._fenced(lease) as tables:
            budgets = {"trial_budget": trial_budget, "time_budget_seconds": time_budget_seconds}
            tables.search.update(checked("nas_searches", budgets))

    def add_trials(self, lease: Lease, trials: Sequence[NewTrial]) -> list[Trial]:
        with self._fenced(lease) as tables:
            event, first = tables.search["event"] + 1, tables.search["created"]
            now = time.time()
            added = [
                rows.trial_row(trial, lease.search_id, number, event, now)
                for number, trial in enumerate(trials, first)
            ]
            for row in added:
                trial_id = len(self._trials) + 1
                self._trials[trial_id] = row
                row.update({column: row.get(column) for column in rows.TRIAL_FIELDS}, trial_id=trial_id)
            tables.trials.extend(added)
            tables.search.update(event=event, created=first + len(added))
        return [rows.read_trial(row) for row in added]

    def start_trial(self, lease: Lease, trial_id: int) -> None:
        with self._fenced(lease):
            trial = self._trial_to_change(lease, trial_id, "started", TrialState.WAITING)
            trial.update(
                state=TrialState.RUNNING.value, attempts=trial["attempts"] + 1, started_at=time.time()
            )

    def finish_trial(
        self,
        lease: Lease,
        trial_id: int,
        outcome: Outcome,
        reward: float | None,
        objectives: Sequence[float] = (),
    ) -> Trial:
        with self._fenced(lease) as tables:
            row = rows.outcome_row(outcome, reward, objectives, time.time())
            trial = self._trial_to_change(lease, trial_id, "finished", TrialState.RUNNING)
            trial.update(row)
            tables.search[trial["state"]] += 1  # the counters are called as the states are
            if reward is not None:
                _keep_best(tables.search, reward, trial["number"])
        return rows.read_trial(trial)

    def requeue_trial(self, lease: Lease, trial_id: int, *, infrastructure_failure: bool) -> None:
        with self._fenced(lease):
            trial = self._trial_to_change(lease, trial_id, "put back", TrialState.RUNNING)
            trial.update(state=TrialState.WAITING.value, started_at=None)
            trial["infrastructure_failures"] += infrastructure_failure

    def record_tell(self, lease: Lease, trial_ids: Sequence[int], feedback: Feedback) -> int:
        with self._fenced(lease) as tables:
            event: int = tables.search["event"] + 1
            updates = [rows.update_row(update, lease.search_id, event) for update in feedback.updates]
            told = [
                checked("nas_trials", {"told_event": event, "baseline": baseline})
                for baseline in feedback.baselines
            ]
            finished = [
                self._trial_to_change(lease, trial_id, "told", TrialState.COMPLETED, TrialState.FAILED)
                for trial_id in trial_ids
            ]
            for trial, values in zip(finished, told, strict=True):
                trial.update(values)
            tables.updates.extend(updates)
            tables.search["event"] = event
        return event

    def save_checkpoint(self, lease: Lease, state: bytes) -> None:
        with self._fenced(lease) as tables:
            row = rows.checkpoint_row(state, lease.search_id, tables.search["event"], time.time())
            others = [kept for kept in tables.checkpoints if kept["event"] != row["event"]]
            tables.checkpoints = [*others, row][-CHECKPOINTS_KEPT:]

    def latest_checkpoint(self, search_id: int) -> Checkpoint | None:
        return rows.newest_sound(reversed(self._rows(search_id).checkpoints))

    # Reading

    def trials(self, search_id: int, *, after: int = -1, limit: int | None = None) -> list[Trial]:
        following = self._rows(search_id).trials[after + 1 :]  # numbers are positions
        return [rows.read_trial(row) for row in following[:limit]]

    def trial(self, search_id: int, number: int) -> Trial:
        return rows.read_trial(self._trial_row(search_id, number))

    def leaderboard(self, search_id: int, limit: int) -> list[Trial]:
        ranked = [row for row in self._rows(search_id).trials if row["reward"] is not None]
        ranked.sort(key=lambda row: (-row["reward"], row["number"]))
        return [rows.read_trial(row) for row in ranked[:limit]]

    def failures(self, search_id: int) -> dict[FailureKind, int]:
        kinds = Counter(row["failure"] for row in self._rows(search_id).trials)
        return {kind: kinds[kind.value] for kind in FailureKind if kinds[kind.value]}

    def updates(self, search_id: int) -> list[PolicyUpdate]:
        by_version = sorted(self._rows(search_id).updates, key=lambda row: row["version"])
        return [rows.read_update(row) for row in by_version]

    # After the search

    def save_training(self, search_id: int, training: TrainingRecord) -> None:
        row = rows.training_row(training, search_id, time.time())
        self._trial_row(search_id, training.number)
        self._tables(search_id).trainings.append(row)

    def trainings(self, search_id: int, *, weights: bool = False) -> list[TrainingRecord]:
        shown = {} if weights else {"weights": b""}
        return [rows.read_training(row | shown) for row in reversed(self._rows(search_id).trainings)]

    def save_export(self, search_id: int, export: ExportRecord) -> None:
        row = rows.export_row(export, search_id, time.time())
        self._trial_row(search_id, export.number)
        self._tables(search_id).exports.append(row)

    def exports(self, search_id: int) -> list[ExportRecord]:
        return [rows.read_export(row) for row in reversed(self._rows(search_id).exports)]

    # What the methods share

    def _rows(self, search_id: int) -> _Tables:
        """Returns the tables of a search, empty ones where there is no such search."""
        return self._searches.get(search_id) or _Tables({})

    def _tables(self, search_id: int) -> _Tables:
        if search_id not in self._searches:
            raise refusals.unknown_search_id(search_id, _LOCATION)
        return self._searches[search_id]

    @contextmanager
    def _fenced(self, lease: Lease) -> Iterator[_Tables]:
        tables = self._tables(lease.search_id)
        if tables.search["epoch"] != lease.epoch:
            raise refusals.lease_lost(lease, tables.search["name"], tables.search["owner"])
        yield tables
        tables.search["updated_at"] = time.time()

    def _trial_row(self, search_id: int, number: int) -> Row:
        tables = self._tables(search_id)
        if not 0 <= number < len(tables.trials):
            raise refusals.unknown_trial(tables.search["name"], number, len(tables.trials))
        return tables.trials[number]

    def _trial_to_change(self, lease: Lease, trial_id: int, attempt: str, *states: TrialState) -> Row:
        """Returns the row of a trial; raises where it is in none of `states`, or told already."""
        trial = self._trials.get(trial_id)
        if trial is None or trial["search_id"] != lease.search_id:
            raise refusals.unknown_trial_id(lease, trial_id)
        told = trial["told_event"] is not None
        if trial["state"] not in states or told:
            raise refusals.trial_state(trial["number"], TrialState(trial["state"]), told, attempt)
        return trial


def _spend(search: Row) -> None:
    """Adds the time since the last renewal, which this is, to what drivers have spent."""
    now = time.time()
    search["spent_seconds"] += max(0.0, now - search["renewed_at"])
    search["renewed_at"] = now


def _keep_best(search: Row, reward: float, number: int) -> None:
    best = search["best_number"]
    if best is None or (reward, -number) > (search["best_reward"], -best):
        search.update(best_number=number, best_reward=reward)
