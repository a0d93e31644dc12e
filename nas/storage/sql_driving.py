"""Driving a search in SQLite or PostgreSQL: the lease, and every step of its trials.

A trial's life is four transactions, each a fenced statement of `nas.storage.statements` and a few of
`nas.storage.trial_statements`.
"""
# ruff: noqa: D102 - the contract says what each method does

import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from nas.errors import StaleAttemptError
from nas.storage import attempt_rows, log_rows, refusals, rows
from nas.storage import sql_steps as steps
from nas.storage import statements as sql
from nas.storage import trial_statements as trials_sql
from nas.storage.connection import Happened, write
from nas.storage.owner import may_take_over
from nas.storage.records import Answer, AuditAction, Lease, LogKind, SearchState, TrialProgress, WorkerRecord
from nas.storage.sql_base import SqlBase, new_uid
from nas.storage.statements import Fence
from nas.storage.values import checked, error_text_end
from nas.trial import Feedback, NewTrial, Trial
from workers.job import FailureKind, Outcome
from workers.points import reach


class SqlDriving(SqlBase):
    """The methods that take a lease, and the one that gives it."""

    # The lease

    def acquire(self, search_id: int, owner: str, *, seconds: float) -> Lease:
        epochs: list[int] = []  # before each try

        def take(connection: Connection) -> Lease:
            held = self._lease_row(connection, search_id)
            if held.owner and held.seconds_left > 0 and not may_take_over(owner, held.owner):
                raise refusals.search_busy(held.name, held.owner, held.seconds_left, held.age_seconds)
            epochs.append(held.epoch)
            values = {"search": search_id, "new_owner": owner, "seconds": seconds, "now": time.time()}
            epoch, event_id = connection.execute(sql.ACQUIRE, values).one()
            connection.execute(delete(sql.WORKERS).where(sql.WORKERS.c.search_id == search_id))
            steps.log(connection, search_id, event_id, LogKind.TAKEN, log_rows.note_text(owner))
            reach("acquire.before_commit")
            return Lease(search_id, epoch, owner)

        def taken(connection: Connection) -> Happened[Lease] | None:
            held = self._lease_row(connection, search_id)
            is_ours = held.owner == owner and held.epoch - 1 in epochs
            return Happened(Lease(search_id, held.epoch, owner)) if is_ours else None

        lease = write(self._writer, take, self._waiting, happened=taken)
        reach("acquire.after_commit")
        self._writes[search_id, lease.epoch] = 0
        self._renewed[search_id, lease.epoch] = time.monotonic()
        return lease

    def renew(self, lease: Lease, *, seconds: float) -> None:
        def prolong(connection: Connection) -> float:
            proof = {"lease_search": lease.search_id, "lease_epoch": lease.epoch, "now": time.time()}
            now = time.monotonic()
            if sql.RENEW.row(connection, {**proof, "seconds": seconds, **self._driven(lease, now)}) is None:
                raise self._lease_lost(connection, lease)
            return now

        self._renewed[lease.search_id, lease.epoch] = write(self._writer, prolong, self._waiting)

    def release(self, lease: Lease, state: SearchState, error_text: str = "") -> None:
        values = {
            "new_state": state.value,
            "new_error_text": error_text_end(error_text),
            **self._driven(lease, time.monotonic()),
        }

        def leave(connection: Connection, fence: Fence) -> None:
            text = log_rows.release_text(state, error_text)
            connection.execute(delete(sql.WORKERS).where(sql.WORKERS.c.search_id == lease.search_id))
            steps.log(connection, lease.search_id, fence.log, LogKind.RELEASED, text)

        self._fenced(lease, "release", sql.RELEASE, leave, _nothing, **values)

    def _driven(self, lease: Lease, now: float) -> dict[str, float]:
        """Returns how long ago the lease was renewed, on this process's clock, which nobody can set."""
        renewed = self._renewed.get((lease.search_id, lease.epoch), self._opened)
        return {"driven_seconds": now - renewed}

    def extend(
        self,
        lease: Lease,
        *,
        trial_budget: int | None,
        time_budget_seconds: float | None,
        answer: Answer | None = None,
    ) -> None:
        budgets = {"new_trial_budget": trial_budget, "new_time_budget_seconds": time_budget_seconds}
        uid = new_uid()

        def tell(connection: Connection, fence: Fence) -> None:
            text = log_rows.extend_text(trial_budget, time_budget_seconds)
            steps.log(connection, lease.search_id, fence.log, LogKind.EXTENDED, text)
            name = self._lease_row(connection, lease.search_id).name
            self._add_once(connection, sql.AUDIT, log_rows.act_row(AuditAction.EXTEND, name, text, uid=uid))
            steps.answer(connection, lease, answer)

        self._fenced(lease, "extend", sql.EXTEND, tell, _nothing, **checked("nas_searches", budgets))

    def hold(self, lease: Lease, held: bool) -> None:
        def tell(connection: Connection, fence: Fence) -> None:
            steps.log(connection, lease.search_id, fence.log, LogKind.NOTED, log_rows.held_text(held))

        now = time.monotonic()
        values = {"new_held": int(held), **self._driven(lease, now)}
        self._fenced(lease, "", sql.HOLD, tell, _nothing, **values)
        self._renewed[lease.search_id, lease.epoch] = now

    def note(self, lease: Lease, text: str) -> None:
        def tell(connection: Connection, fence: Fence) -> None:
            steps.log(connection, lease.search_id, fence.log, LogKind.NOTED, log_rows.note_text(text))

        self._fenced(lease, "", sql.LOG, tell, _nothing)

    def answer_command(self, lease: Lease, command_id: int, answer: str) -> None:
        def keep(connection: Connection, _: Fence) -> None:
            steps.answer(connection, lease, Answer(command_id, answer))

        self._fenced(lease, "answer", sql.TOUCH, keep, _nothing)

    # Steps of a trial

    def add_trials(
        self, lease: Lease, trials: Sequence[NewTrial], answer: Answer | None = None
    ) -> list[Trial]:
        now = time.time()

        def add(connection: Connection, fence: Fence) -> list[Trial]:
            new_rows = [
                rows.trial_row(trial, lease.search_id, number, fence.event, now)
                for number, trial in enumerate(trials, fence.created - len(trials))
            ]
            added = [trials_sql.ADD_TRIAL.row(connection, row) for row in new_rows]
            steps.answer(connection, lease, answer)
            return [steps.read_trial(row) for row in added if row]

        def added(connection: Connection, search: Row[Any]) -> list[Trial]:
            t = sql.TRIALS.c
            newest = t.number >= search.created - len(trials)
            wanted = select(sql.TRIALS).where(t.search_id == lease.search_id, newest).order_by(t.number)
            return [rows.read_trial(row) for row in connection.execute(wanted).mappings()]

        point = "ask" if answer is None else "add"
        return self._fenced(lease, point, sql.COUNT_CREATED, add, added, count=len(trials))

    def start_trial(self, lease: Lease, trial_id: int, token: str) -> Trial:
        now = time.time()
        values = checked("nas_trials", {"new_token": token, "now": now})

        def start(connection: Connection, fence: Fence) -> Trial:
            trial = steps.step(connection, lease, trial_id, trials_sql.START_TRIAL, "started", values)
            row = attempt_rows.attempt_row(trial_id, trial.attempts, token, now)
            trials_sql.ADD_ATTEMPT.count(connection, row)
            steps.log_trial(connection, trial, fence.log, LogKind.STARTED)
            return trial

        return self._fenced(lease, "start", sql.LOG, start, _trial_again(trial_id))

    def record_progress(
        self, lease: Lease, progress: Sequence[TrialProgress], workers: Sequence[WorkerRecord] = ()
    ) -> None:
        now = time.time()

        def keep(connection: Connection, _: Fence) -> None:
            for heard in progress:
                steps.advance(connection, heard, now)
            for worker in workers:
                steps.keep_worker(connection, lease.search_id, worker)

        self._fenced(lease, "report", sql.TOUCH, keep, _nothing)

    def finish_trial(
        self,
        lease: Lease,
        trial_id: int,
        outcome: Outcome,
        reward: float | None,
        objectives: Sequence[float] = (),
    ) -> Trial:
        row = rows.outcome_row(outcome, reward, objectives, time.time())
        key = {"finished_trial": trial_id, "finished_token": outcome.token}
        count, values = (
            (sql.COUNT_FAILED, key) if outcome.failure else (sql.COUNT_COMPLETED, {**key, "reward": reward})
        )

        def finish(connection: Connection, fence: Fence) -> Trial:
            trial = steps.finish(connection, lease, trial_id, outcome, row)
            steps.log_trial(connection, trial, fence.log, LogKind.FINISHED, log_rows.end_text(trial))
            return trial

        try:
            return self._fenced(lease, "finish", count, finish, _trial_again(trial_id), **values)
        except StaleAttemptError:
            self._fence_attempt(lease, trial_id, outcome.token)
            raise

    def requeue_trial(self, lease: Lease, trial_id: int, failure: FailureKind, error_text: str = "") -> Trial:
        now = time.time()
        lost, own = attempt_rows.counted(failure)

        def put_back(connection: Connection, fence: Fence) -> Trial:
            values = {"lost": lost, "own": own}
            trial = steps.step(connection, lease, trial_id, trials_sql.REQUEUE_TRIAL, "put back", values)
            end = attempt_rows.attempt_end(failure, error_text, now)
            if steps.end_attempt(connection, trial, end) is not None or trial.attempts > 1:
                trials_sql.DROP_UNSAVED_EPOCHS.count(connection, {"trial": trial_id})
            text = log_rows.failure_text(failure, error_text)
            steps.log_trial(connection, trial, fence.log, LogKind.REQUEUED, text)
            return trial

        return self._fenced(lease, "requeue", sql.LOG, put_back, _trial_again(trial_id))

    def _fence_attempt(self, lease: Lease, trial_id: int, token: str) -> None:
        """Keeps that an attempt that was given up sent a result after all."""

        def fence_off(connection: Connection, fence: Fence) -> None:
            of_token = steps.attempt_of(connection, trial_id, token)
            connection.execute(trials_sql.FENCE_ATTEMPT, {"trial": trial_id, "stale_token": token})
            trial = steps.trial(connection, trial_id)
            text = log_rows.fenced_text(token)
            place = {"number": trial.number, "attempt": of_token[0] if of_token else None}
            steps.log(connection, lease.search_id, fence.log, LogKind.FENCED, text, **place)

        self._fenced(lease, "", sql.LOG, fence_off, _nothing)

    # The strategy

    def record_tell(self, lease: Lease, trial_ids: Sequence[int], feedback: Feedback) -> int:
        def tell(connection: Connection, fence: Fence) -> int:
            ends = []
            for trial_id, baseline in zip(trial_ids, feedback.baselines, strict=True):
                told = checked("nas_trials", {"event": fence.event, "new_baseline": baseline})
                ends.append(steps.change(connection, lease, trial_id, trials_sql.TELL_TRIAL, "told", told))
            for place, (_, reward) in enumerate(sorted(ends), fence.told - len(trial_ids)):
                trials_sql.COUNT_HISTORY.count(connection, log_rows.told_row(lease.search_id, place, reward))
            for policy_update in feedback.updates:
                row = rows.update_row(policy_update, lease.search_id, fence.event)
                trials_sql.ADD_UPDATE.count(connection, row)
            return fence.event

        def told(_: Connection, search: Row[Any]) -> int:
            return int(search.event)

        return self._fenced(lease, "tell", sql.COUNT_TOLD, tell, told, count=len(trial_ids))

    def save_checkpoint(self, lease: Lease, state: bytes) -> None:
        now = time.time()

        def keep(connection: Connection, fence: Fence) -> None:
            row = rows.checkpoint_row(state, lease.search_id, fence.event, now)
            search = {"search": lease.search_id}
            connection.execute(trials_sql.DROP_CHECKPOINT, search | {"last_event": fence.event})
            connection.execute(insert(sql.CHECKPOINTS), row)
            connection.execute(trials_sql.DROP_OLD_CHECKPOINTS, search)
            oldest = search | {"last_dropped": fence.log - log_rows.EVENTS_KEPT}
            connection.execute(trials_sql.DROP_OLD_EVENTS, oldest)

        self._fenced(lease, "checkpoint", sql.TOUCH, keep, _nothing)


def _nothing(connection: Connection, search: Row[Any]) -> None:
    """What a transaction gives again that gives nothing."""


def _trial_again(trial_id: int) -> Callable[[Connection, Row[Any]], Trial]:
    return lambda connection, search: steps.trial(connection, trial_id)  # noqa: ARG005
