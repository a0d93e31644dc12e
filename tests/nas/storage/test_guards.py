"""What the database itself refuses, whoever asks: steps that are none, and changes of what has come to an end."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from nas.storage.address import parse_url
from nas.storage.connection import build_engine, for_writing
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.records import AuditRecord, CommandKind, SubmissionKind, TokenScope, TrialProgress
from nas.trial import Feedback
from tests.nas.storage.examples import CURVE, TRAINING, UPDATE, begin, begin_trial, new_trial, run_trial
from workers.job import FailureKind

ENDED = "an attempt that has ended never changes"
SECOND_RUNNING = (
    "INSERT INTO nas_attempts (trial_id, attempt, state, token, worker, started_at, last_epoch, error_text) "
    "VALUES (3, 3, 'running', 'third', '', 1, 0, '')"
)
ADDED = "rows of .* are only added"
ASKED = "what was asked for never changes"
SUBMITTED = "what was submitted never changes"
SUBMISSION_ENDED = "a submission that has ended never changes"
_COMMAND = (
    "INSERT INTO nas_commands (search_id, kind, issued_by, issued_at, uid) VALUES (1, '{}', '', 1, 'x')"
)


def fill(url: str) -> None:
    """Trials 0 to 3 (ids 1 to 4): completed and told, failed, in its second attempt, waiting. One row of all else."""
    with open_storage(url) as storage:
        search, lease = begin(storage)
        told = run_trial(storage, lease, 0.5)
        storage.record_tell(lease, [told.trial_id], Feedback((0.4,), (UPDATE,)))
        run_trial(storage, lease, None, number=1)
        trial = begin_trial(storage, lease, 2)
        storage.requeue_trial(lease, trial.trial_id, FailureKind.WORKER_LOST)
        storage.start_trial(lease, trial.trial_id, "second")
        storage.record_progress(lease, [TrialProgress(trial.trial_id, "second", "w", CURVE)])
        storage.add_trials(lease, [new_trial(3)])
        storage.answer_command(
            lease, storage.add_command(search.search_id, CommandKind.STOP, "me").command_id, "no"
        )
        storage.add_command(search.search_id, CommandKind.WORKERS, "me", {"count": 3})
        _fill_service(storage)
        storage.save_training(search.search_id, TRAINING)
        storage.add_audit(AuditRecord(1.0, "me", "backup"))


def _fill_service(storage: Storage) -> None:
    """Tokens 1 live and 2 revoked; submissions 1 ended, 2 running, 3 cancelled, 4 queued."""
    for number, name in enumerate(("live", "revoked")):
        storage.add_token(name, f"{number}" * 64, TokenScope.READ, "me")
    storage.revoke_token("revoked", "me")
    for name in "abcd":
        storage.add_submission(SubmissionKind.SEARCH, name, {}, "me")
    for _ in range(2):
        storage.claim_submission("host7:1:1", at_most=9)
    storage.end_submission(1, 0, "")
    storage.cancel_submission(3, "me")


@pytest.fixture
def filled(url: str) -> Iterator[Engine]:
    fill(url)
    engine = build_engine(parse_url(url), read_only=False)
    yield engine
    engine.dispose()


def execute(engine: Engine, change: str) -> int:
    """Runs a statement, and takes back what it did; returns how many rows it changed."""
    with for_writing(engine).connect() as connection, closing(connection.begin()):
        return connection.execute(text(change)).rowcount


REFUSED = [
    ("UPDATE nas_trials SET token = 'x', state = 'running' WHERE number = 0", "a finished trial"),
    ("UPDATE nas_trials SET own_failures = 1 WHERE number = 1", "a finished trial"),
    ("UPDATE nas_trials SET state = 'waiting', failure = NULL WHERE number = 1", "a finished trial"),
    ("DELETE FROM nas_trials WHERE number = 1", "a finished trial"),
    ("UPDATE nas_trials SET state = 'completed', reward = 1.0 WHERE number = 3", "a trial goes from"),
    ("UPDATE nas_trials SET state = 'failed', failure = 'error' WHERE number = 3", "a trial goes from"),
    ("UPDATE nas_trials SET state = 'running' WHERE number = 3", "(?i)constraint"),
    ("UPDATE nas_trials SET token = 'x' WHERE number = 3", "(?i)constraint"),
    ("UPDATE nas_trials SET state = 'waiting' WHERE number = 2", "(?i)constraint"),
    ("UPDATE nas_attempts SET state = 'running', ended_at = NULL WHERE trial_id = 1", ENDED),
    ("UPDATE nas_attempts SET error_text = 'x' WHERE trial_id = 2", ENDED),
    ("UPDATE nas_attempts SET state = 'fenced' WHERE trial_id = 1", ENDED),
    ("UPDATE nas_attempts SET state = 'fenced' WHERE trial_id = 2", ENDED),
    ("UPDATE nas_attempts SET state = 'failed' WHERE trial_id = 3 AND attempt = 1", ENDED),
    ("UPDATE nas_attempts SET state = 'fenced', ended_at = 2 WHERE trial_id = 3 AND attempt = 2", ENDED),
    ("DELETE FROM nas_attempts WHERE trial_id = 1", ENDED),
    ("UPDATE nas_attempts SET state = 'lost' WHERE trial_id = 3 AND attempt = 2", "(?i)constraint"),
    ("UPDATE nas_attempts SET state = 'asleep' WHERE trial_id = 3 AND attempt = 2", "(?i)constraint"),
    (SECOND_RUNNING, "(?i)unique"),
    (
        "INSERT INTO nas_epochs (trial_id, epoch, train_loss, seconds) VALUES (99, 1, 0, 0)",
        "(?i)foreign key",
    ),
    ("UPDATE nas_searches SET state = 'created', owner = NULL", "a search goes from"),
    ("UPDATE nas_searches SET epoch = 0", "an epoch never returns"),
    ("UPDATE nas_searches SET told = -1", "(?i)constraint"),
    ("UPDATE nas_events SET text = 'x' WHERE event_id = 1", "what happened never changes"),
    ("UPDATE nas_searches SET held = 2", "(?i)constraint"),
    ("UPDATE nas_searches SET held = 1, state = 'failed', owner = NULL", "(?i)constraint"),
    ("UPDATE nas_trials SET origin = 'hand' WHERE number = 1", "a finished trial"),
    ("UPDATE nas_trials SET origin = 'chance' WHERE number = 3", "(?i)constraint"),
    ("UPDATE nas_trials SET parent = 0 WHERE number = 1", "a finished trial"),
    ("UPDATE nas_trials SET parent = 3 WHERE number = 3", "(?i)constraint"),
    ("UPDATE nas_trials SET parent = -1 WHERE number = 3", "(?i)constraint"),
    ("UPDATE nas_trials SET decision_log_probabilities = '[]' WHERE number = 1", "a finished trial"),
    ("UPDATE nas_commands SET answer = 'yes' WHERE command_id = 1", "an answer never changes"),
    ("UPDATE nas_commands SET kind = 'explode' WHERE command_id = 2", ASKED),
    ("UPDATE nas_commands SET arguments = '{}' WHERE command_id = 2", ASKED),
    ("DELETE FROM nas_commands WHERE command_id = 2", ASKED),
    (_COMMAND.format("explode"), "(?i)constraint"),
    ("UPDATE nas_tokens SET scope = 'write' WHERE token_id = 1", "a token is only revoked"),
    ("UPDATE nas_tokens SET expires_at = NULL WHERE token_id = 1", "a token is only revoked"),
    ("DELETE FROM nas_tokens WHERE token_id = 2", "a token is only revoked"),
    ("UPDATE nas_tokens SET revoked_at = NULL WHERE token_id = 2", "a token that is revoked stays so"),
    ("UPDATE nas_submissions SET arguments = '[]' WHERE submission_id = 4", SUBMITTED),
    ("DELETE FROM nas_submissions WHERE submission_id = 4", SUBMITTED),
    ("UPDATE nas_submissions SET message = 'x' WHERE submission_id = 1", SUBMISSION_ENDED),
    ("UPDATE nas_submissions SET message = 'x' WHERE submission_id = 3", SUBMISSION_ENDED),
    ("UPDATE nas_submissions SET state = 'queued' WHERE submission_id = 2", "a submission goes from"),
    ("UPDATE nas_submissions SET state = 'cancelled' WHERE submission_id = 2", "a submission goes from"),
    ("UPDATE nas_submissions SET state = 'ended' WHERE submission_id = 4", "a submission goes from"),
    ("UPDATE nas_submissions SET state = 'running' WHERE submission_id = 4", "(?i)constraint"),
    ("UPDATE nas_submissions SET state = 'ended' WHERE submission_id = 2", "(?i)constraint"),
    ("UPDATE nas_submissions SET state = 'cancelled' WHERE submission_id = 4", "(?i)constraint"),
    ("UPDATE nas_submissions SET runner = '' WHERE submission_id = 2", "(?i)constraint"),
    ("UPDATE nas_submissions SET exit_code = 0 WHERE submission_id = 2", "(?i)constraint"),
    ("UPDATE nas_updates SET loss = 0", ADDED),
    ("DELETE FROM nas_updates", ADDED),
    ("UPDATE nas_test_readings SET correct = 360", ADDED),
    ("DELETE FROM nas_test_readings", ADDED),
    ("UPDATE nas_audit SET actor = 'x'", ADDED),
    ("DELETE FROM nas_audit", ADDED),
    ("UPDATE nas_history SET trials = 101", "(?i)constraint"),
    ("UPDATE nas_history SET best = NULL", "(?i)constraint"),
    ("UPDATE nas_architectures SET trainings = 0", "(?i)constraint"),
    ("UPDATE nas_failures SET trials = 0", "(?i)constraint"),
]


def test_refused(filled: Engine) -> None:
    before = everything(filled)
    for change, message in REFUSED:
        with pytest.raises(DBAPIError, match=message):
            assert execute(filled, change) == 1, f"was not refused: {change}"
        assert everything(filled) == before


ALLOWED = [
    "UPDATE nas_attempts SET state = 'fenced' WHERE trial_id = 3 AND attempt = 1",
    "UPDATE nas_attempts SET last_epoch = 9 WHERE trial_id = 3 AND attempt = 2",
    "UPDATE nas_attempts SET state = 'preempted', ended_at = 9 WHERE trial_id = 3 AND attempt = 2",
    "UPDATE nas_trials SET state = 'waiting', token = NULL WHERE number = 2",
    "UPDATE nas_trials SET told_event = 9, baseline = 0.5 WHERE number = 1",
    "UPDATE nas_searches SET state = 'failed', owner = NULL",
    "UPDATE nas_searches SET held = 1",
    "DELETE FROM nas_events WHERE event_id = 1",
    _COMMAND.format("retry"),
    "UPDATE nas_commands SET answer = 'yes', answered_at = 2 WHERE command_id = 2",
    "UPDATE nas_tokens SET revoked_at = 2 WHERE token_id = 1",
    "UPDATE nas_submissions SET process = 'p', runner = 'r' WHERE submission_id = 2",
    "UPDATE nas_submissions SET state = 'ended', ended_at = 2, exit_code = -9 WHERE submission_id = 2",
    "UPDATE nas_submissions SET state = 'running', started_at = 2, runner = 'r' WHERE submission_id = 4",
    "UPDATE nas_submissions SET state = 'cancelled', ended_at = 2 WHERE submission_id = 4",
]


def test_allowed(filled: Engine) -> None:
    for change in ALLOWED:
        assert execute(filled, change) == 1, change


def everything(engine: Engine) -> list[list[tuple[object, ...]]]:
    """All rows of the tables that are asked to change here."""
    tables = (
        *("searches", "trials", "attempts", "epochs", "events", "commands", "updates", "test_readings"),
        *("audit", "history", "architectures", "failures", "tokens", "submissions"),
    )
    with engine.connect() as connection:
        found = [connection.execute(text(f"SELECT * FROM nas_{table}")) for table in tables]
        return [sorted((tuple(row) for row in rows), key=repr) for rows in found]
