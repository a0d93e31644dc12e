"""Driving a search in memory: the lease, and every step of its trials."""
# ruff: noqa: D102 - the contract says what each method does

import time
from collections.abc import Sequence

from nas.storage import attempt_rows, log_rows, refusals, rows
from nas.storage import memory_steps as steps
from nas.storage.memory_base import MemoryBase, Tables, Training
from nas.storage.owner import may_take_over
from nas.storage.records import (
    Answer,
    AuditAction,
    Lease,
    LogKind,
    SearchState,
    TrialProgress,
    WorkerRecord,
)
from nas.storage.rows import CHECKPOINTS_KEPT, Row
from nas.storage.values import checked, error_text_end, storable_text
from nas.trial import AttemptState, Feedback, NewTrial, Trial, TrialState
from workers.job import FailureKind, Outcome


class MemoryDriving(MemoryBase):
    """The methods that take a lease, and the one that gives it."""

    # The lease

    def acquire(self, search_id: int, owner: str, *, seconds: float) -> Lease:
        tables = self._tables(search_id)
        search, now = tables.search, time.time()
        if search["owner"] and search["lease_until"] > now and not may_take_over(owner, search["owner"]):
            left, age = search["lease_until"] - now, now - search["renewed_at"]
            raise refusals.search_busy(search["name"], search["owner"], left, age)
        search.update(
            state=SearchState.RUNNING.value,
            epoch=search["epoch"] + 1,
            owner=owner,
            lease_until=now + seconds,
            renewed_at=now,
            updated_at=now,
            error_text="",
            held=0,
        )
        tables.workers.clear()
        tables.log(LogKind.TAKEN, log_rows.note_text(owner))
        return Lease(search_id, search["epoch"], owner)

    def renew(self, lease: Lease, *, seconds: float) -> None:
        with self._fenced(lease) as tables:
            steps.spend(tables.search)
            tables.search["lease_until"] = tables.search["renewed_at"] + seconds

    def release(self, lease: Lease, state: SearchState, error_text: str = "") -> None:
        with self._fenced(lease) as tables:
            search = tables.search
            steps.spend(search)
            search.update(state=state.value, error_text=error_text_end(error_text), epoch=search["epoch"] + 1)
            search.update(owner=None, lease_until=None, renewed_at=None, held=0)
            tables.workers.clear()
            tables.log(LogKind.RELEASED, log_rows.release_text(state, error_text))

    def extend(
        self,
        lease: Lease,
        *,
        trial_budget: int | None,
        time_budget_seconds: float | None,
        answer: Answer | None = None,
    ) -> None:
        with self._fenced(lease) as tables:
            budgets = checked(
                "nas_searches", {"trial_budget": trial_budget, "time_budget_seconds": time_budget_seconds}
            )
            steps.answer(lease, tables, answer)
            tables.search.update(budgets)
            text = log_rows.extend_text(trial_budget, time_budget_seconds)
            tables.log(LogKind.EXTENDED, text)
            self._act(AuditAction.EXTEND, tables, text)

    def hold(self, lease: Lease, held: bool) -> None:
        with self._fenced(lease) as tables:
            steps.spend(tables.search)
            tables.search["held"] = int(held)
            tables.log(LogKind.NOTED, log_rows.held_text(held))

    def note(self, lease: Lease, text: str) -> None:
        with self._fenced(lease) as tables:
            tables.log(LogKind.NOTED, log_rows.note_text(text))

    def answer_command(self, lease: Lease, command_id: int, answer: str) -> None:
        with self._fenced(lease) as tables:
            steps.answer(lease, tables, Answer(command_id, answer))

    # Steps of a trial

    def add_trials(
        self, lease: Lease, trials: Sequence[NewTrial], answer: Answer | None = None
    ) -> list[Trial]:
        with self._fenced(lease) as tables:
            event, first = tables.search["event"] + 1, tables.search["created"]
            now = time.time()
            added = [
                rows.trial_row(trial, lease.search_id, number, event, now)
                for number, trial in enumerate(trials, first)
            ]
            steps.answer(lease, tables, answer)
            for row in added:
                trial_id = len(self._trials) + 1
                self._trials[trial_id], self._training[trial_id] = row, Training()
                row.update({column: row.get(column) for column in rows.TRIAL_FIELDS}, trial_id=trial_id)
            tables.trials.extend(added)
            tables.search.update(event=event, created=first + len(added))
        return [rows.read_trial(row) for row in added]

    def start_trial(self, lease: Lease, trial_id: int, token: str) -> Trial:
        with self._fenced(lease) as tables:
            now = time.time()
            checked("nas_trials", {"token": token})
            trial = self._trial_to_change(lease, trial_id, "started", TrialState.WAITING)
            attempt = attempt_rows.attempt_row(trial_id, trial["attempts"] + 1, token, now)
            trial.update(
                state=TrialState.RUNNING.value, attempts=trial["attempts"] + 1, token=token, started_at=now
            )
            self._training[trial_id].attempts.append(
                {"ended_at": None, "progress_at": None, "failure": None} | attempt
            )
            tables.log_trial(LogKind.STARTED, trial)
        return rows.read_trial(trial)

    def record_progress(
        self, lease: Lease, progress: Sequence[TrialProgress], workers: Sequence[WorkerRecord] = ()
    ) -> None:
        with self._fenced(lease) as tables:
            now = time.time()
            checked_workers = [
                (attempt_rows.worker_row(worker, lease.search_id), worker.is_gone) for worker in workers
            ]
            for heard in progress:
                self._advance(heard, now)
            for row, is_gone in checked_workers:
                tables.workers.pop(row["worker"], None)
                if not is_gone:
                    tables.workers[row["worker"]] = row

    def _advance(self, heard: TrialProgress, now: float) -> None:
        training = self._training.get(heard.trial_id)
        attempt = training.attempts[-1] if training and training.attempts else None
        is_running = attempt and attempt["state"] == AttemptState.RUNNING and attempt["token"] == heard.token
        if training is None or attempt is None or not is_running:
            return
        reached = heard.epochs[-1].epoch if heard.epochs else 0
        attempt.update(
            worker=storable_text(heard.worker),
            last_epoch=max(attempt["last_epoch"], reached),
            progress_at=now,
        )
        new = attempt_rows.epoch_rows(heard.trial_id, heard.epochs)
        training.epochs.update((row["epoch"], row) for row in new)
        if heard.saved:
            training.saved = attempt_rows.saved_row(heard.trial_id, heard.saved, now)

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
            self._refuse_stale(lease, tables, trial_id, outcome.token)
            trial = self._trial_to_change(lease, trial_id, "finished", TrialState.RUNNING)
            trial.update(row, token=None)
            tables.search[trial["state"]] += 1  # the counters are called as the states are
            if reward is not None:
                steps.keep_best(tables.search, reward, trial["number"])
            end = attempt_rows.attempt_end(outcome.failure, outcome.error_text, row["finished_at"])
            finished = rows.read_trial(trial)
            self._end_attempt(finished, end)
            self._training[trial_id] = Training(self._training[trial_id].attempts)
            steps.count_end(tables, finished)
            tables.log_trial(LogKind.FINISHED, trial, log_rows.end_text(finished))
        return finished

    def _refuse_stale(self, lease: Lease, tables: Tables, trial_id: int, token: str) -> None:
        trial = self._trial_of(lease, trial_id)
        if trial["state"] == TrialState.RUNNING and trial["token"] == token:
            return
        state = TrialState(trial["state"])
        of_token = [attempt for attempt in self._training[trial_id].attempts if attempt["token"] == token]
        which, was = (of_token[-1]["attempt"], of_token[-1]["state"]) if of_token else (None, "")
        if state is not TrialState.RUNNING and (
            which is None
            or not attempt_rows.is_stale(which, was, trial["attempts"], has_ended=state.is_final)
        ):
            return
        for attempt in of_token:
            if attempt["state"] in attempt_rows.GIVEN_UP:
                attempt["state"] = AttemptState.FENCED.value
        tables.log(LogKind.FENCED, log_rows.fenced_text(token), number=trial["number"], attempt=which)
        raise refusals.stale_attempt(trial["number"], token)

    def _end_attempt(self, trial: Trial, end: Row) -> None:
        attempt = self._training[trial.trial_id].attempts[-1]
        reached = trial.curve[-1].epoch if trial.curve else 0
        attempt.update(
            end, worker=trial.worker or attempt["worker"], last_epoch=max(attempt["last_epoch"], reached)
        )

    def requeue_trial(self, lease: Lease, trial_id: int, failure: FailureKind, error_text: str = "") -> Trial:
        with self._fenced(lease) as tables:
            trial = self._trial_to_change(lease, trial_id, "put back", TrialState.RUNNING)
            lost, own = attempt_rows.counted(failure)
            trial.update(state=TrialState.WAITING.value, token=None, started_at=None)
            trial["infrastructure_failures"] += lost
            trial["own_failures"] += own
            waiting = rows.read_trial(trial)
            self._end_attempt(waiting, attempt_rows.attempt_end(failure, error_text, time.time()))
            training = self._training[trial_id]
            saved = training.saved["epoch"] if training.saved else 0
            training.epochs = {epoch: row for epoch, row in training.epochs.items() if epoch <= saved}
            tables.log_trial(LogKind.REQUEUED, trial, log_rows.failure_text(failure, error_text))
        return waiting

    # The strategy

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
            for trial in sorted(finished, key=lambda trial: trial["number"]):
                steps.count_told(tables, trial["reward"])
            tables.updates.extend(updates)
            tables.search["event"] = event
        return event

    def save_checkpoint(self, lease: Lease, state: bytes) -> None:
        with self._fenced(lease) as tables:
            row = rows.checkpoint_row(state, lease.search_id, tables.search["event"], time.time())
            others = [kept for kept in tables.checkpoints if kept["event"] != row["event"]]
            tables.checkpoints = [*others, row][-CHECKPOINTS_KEPT:]
            tables.events = tables.events[-log_rows.EVENTS_KEPT :]
