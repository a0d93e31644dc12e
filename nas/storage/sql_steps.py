"""What happens inside the transactions of `nas.storage.sql_driving`: one step of one trial each."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Double, delete, select, update

from nas.errors import StorageError
from nas.storage import attempt_rows, log_rows, refusals, rows
from nas.storage import statements as sql
from nas.storage import trial_statements as trials_sql
from nas.storage.prepared import Prepared
from nas.storage.records import Answer, Lease, LogKind, TrialProgress, WorkerRecord
from nas.storage.rows import Row
from nas.storage.values import storable_text
from nas.trial import Trial, TrialState
from workers.job import Outcome

Columns = Mapping[str, object]

# What SQLite returns of a real column that it has just written, 1.0 say, is the whole number 1; what it reads is right.
_REALS = [name for name in rows.TRIAL_FIELDS if isinstance(sql.TRIALS.c[name].type, Double)]


def step(
    connection: Connection, lease: Lease, trial_id: int, statement: Prepared, step: str, values: Columns
) -> Trial:
    """Returns a trial after one step; raises where it is not in the state that `statement` asks for."""
    return read_trial(change(connection, lease, trial_id, statement, step, values))


def change(
    connection: Connection, lease: Lease, trial_id: int, statement: Prepared, step: str, values: Columns
) -> tuple[Any, ...]:
    """Returns what `statement` returns of the one trial that it changes; `step` as in "started"."""
    key = {"trial": trial_id, "search": lease.search_id}
    changed = statement.row(connection, {**key, **values})
    if changed is None:
        raise _refusal(connection, lease, trial_id, step)
    return changed


def finish(connection: Connection, lease: Lease, trial_id: int, outcome: Outcome, end: Row) -> Trial:
    """Ends a trial and its running attempt, whose token the outcome must have, and counts it in the roll-ups."""
    key = {"trial": trial_id, "search": lease.search_id, "finished_token": outcome.token}
    changed = trials_sql.FINISH_TRIAL.row(connection, {**end, **key})
    if changed is None:
        raise _refusal(connection, lease, trial_id, "finished", outcome.token)
    trial = read_trial(changed)
    columns = attempt_rows.attempt_end(outcome.failure, outcome.error_text, end["finished_at"])
    if end_attempt(connection, trial, columns) is not None or trial.attempts > 1:
        trials_sql.DROP_EPOCHS.count(connection, {"trial": trial_id})
        trials_sql.DROP_SAVED.count(connection, {"trial": trial_id})
    if trial.failure:
        failed = {"search_id": lease.search_id, "kind": trial.failure.value}
        trials_sql.COUNT_FAILURE.count(connection, failed)
    else:
        trials_sql.COUNT_ARCHITECTURE.count(connection, log_rows.architecture_row(trial))
    return trial


def end_attempt(connection: Connection, trial: Trial, columns: Columns) -> float | None:
    """Ends the last attempt at a trial; returns when it last reported an epoch, None where it never did."""
    reached = trial.curve[-1].epoch if trial.curve else 0
    key = {"trial": trial.trial_id, "which": trial.attempts, "new_worker": trial.worker, "reached": reached}
    ended = trials_sql.END_ATTEMPT.row(connection, {**columns, **key})
    if ended is None:
        raise StorageError(
            f"trial {trial.number}: expected attempt {trial.attempts} of it to be running, got none; "
            "nothing was written; `nas db check` says what else is wrong"
        )
    return None if ended[0] is None else float(ended[0])


def attempt_of(connection: Connection, trial_id: int, token: str) -> tuple[int, str] | None:
    """Returns the number and the state of the latest attempt at a trial with that token, None where none has it."""
    key = {"trial": trial_id, "stale_token": token}
    found = connection.execute(trials_sql.ATTEMPT_OF.order_by(sql.ATTEMPTS.c.attempt.desc()), key).first()
    return None if found is None else (found.attempt, found.state)


def advance(connection: Connection, heard: TrialProgress, now: float) -> None:
    """Keeps what was heard of an attempt, unless it is not the running one any more."""
    progress = {
        "trial": heard.trial_id,
        "running_token": heard.token,
        "new_worker": storable_text(heard.worker),
        "reached": heard.epochs[-1].epoch if heard.epochs else 0,
        "now": now,
    }
    if trials_sql.ADVANCE_ATTEMPT.count(connection, progress) != 1:
        return
    for row in attempt_rows.epoch_rows(heard.trial_id, heard.epochs):
        trials_sql.ADD_EPOCH.count(connection, row)
    if heard.saved:
        saved = attempt_rows.saved_row(heard.trial_id, heard.saved, now)
        trials_sql.SAVE_TRAINING.count(connection, saved)


def keep_worker(connection: Connection, search_id: int, worker: WorkerRecord) -> None:
    """Keeps how a worker is, or forgets one that is gone."""
    row = attempt_rows.worker_row(worker, search_id)
    if not worker.is_gone:
        trials_sql.KEEP_WORKER.count(connection, row)
        return
    w = sql.WORKERS.c
    connection.execute(delete(sql.WORKERS).where(w.search_id == search_id, w.worker == row["worker"]))


def answer(connection: Connection, lease: Lease, given: Answer | None) -> None:
    """Keeps what came of a command, where there was one; raises where it has an answer already."""
    if given is None:
        return
    c = sql.COMMANDS.c
    unanswered = update(sql.COMMANDS).where(
        c.command_id == given.command_id, c.search_id == lease.search_id, c.answer.is_(None)
    )
    values = {"answer": storable_text(given.text), "answered_at": time.time()}
    if connection.execute(unanswered, values).rowcount != 1:
        raise refusals.unknown_command(lease, given.command_id)


def log(
    connection: Connection,
    search_id: int,
    event_id: int,
    kind: LogKind,
    text: str = "",
    *,
    number: int | None = None,
    attempt: int | None = None,
) -> None:
    """Adds an entry to the log, under the id that a fenced statement counted."""
    row = log_rows.event_row(search_id, event_id, kind, text, number=number, attempt=attempt)
    sql.ADD_EVENT.count(connection, row)


def log_trial(connection: Connection, trial: Trial, event_id: int, kind: LogKind, text: str = "") -> None:
    """Adds an entry about the last attempt at a trial."""
    log(connection, trial.search_id, event_id, kind, text, number=trial.number, attempt=trial.attempts)


def trial(connection: Connection, trial_id: int) -> Trial:
    """Returns the trial of that id, which must exist."""
    wanted = select(sql.TRIALS).where(sql.TRIALS.c.trial_id == trial_id)
    return rows.read_trial(connection.execute(wanted).mappings().one())


def read_trial(row: Sequence[Any]) -> Trial:
    """Returns the record of a row that a statement returned whose columns are those of the record."""
    values = dict(zip(rows.TRIAL_FIELDS, row, strict=True))
    for column in _REALS:
        if values[column].__class__ is int:
            values[column] = float(values[column])
    return rows.trial_of(values)


def _refusal(
    connection: Connection, lease: Lease, trial_id: int, step: str, token: str | None = None
) -> StorageError:
    """Returns why a trial could not take a step, with a result of the attempt `token` where it has one."""
    t = sql.TRIALS.c
    wanted = select(t.number, t.state, t.told_event, t.attempts).where(
        t.trial_id == trial_id, t.search_id == lease.search_id
    )
    found = connection.execute(wanted).one_or_none()
    if found is None:
        return refusals.unknown_trial_id(lease, trial_id)
    state = TrialState(found.state)
    if token is not None:
        of_token = attempt_of(connection, trial_id, token)
        if state is TrialState.RUNNING or (
            of_token and attempt_rows.is_stale(*of_token, found.attempts, has_ended=state.is_final)
        ):
            return refusals.stale_attempt(found.number, token)
    return refusals.trial_state(found.number, state, found.told_event is not None, step)
