"""The storage in memory and the one in SQLite, asked the same things in any order, answer the same."""

import shutil
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from nas.errors import NasError
from nas.storage.contract import Storage
from nas.storage.memory import InMemoryStorage
from nas.storage.open import open_storage
from nas.storage.records import (
    CommandKind,
    SearchState,
    SubmissionKind,
    SubmissionState,
    TokenScope,
    TrialProgress,
    TrialSummary,
    WorkerRecord,
)
from nas.trial import Feedback, SavedTraining, TrialState
from tests.nas.storage.examples import CURVE, SEARCH, UPDATE, completed, failed, new_trial
from workers.job import FailureKind

TIMES = {
    *("created_at", "updated_at", "started_at", "finished_at", "spent_seconds"),
    *("at", "ended_at", "progress_at", "issued_at", "answered_at", "revoked_at", "submitted_at"),
}
FAILURES = (
    FailureKind.WORKER_LOST,
    FailureKind.PREEMPTED,
    FailureKind.CANCELLED,
    FailureKind.OUT_OF_MEMORY,
)
TRIALS = st.integers(1, 6)
TOKENS = st.sampled_from(["1", "2", "3"])
NAMES = st.sampled_from(["a", "b", "not a name"])
SUBMISSION_STEPS: list[Callable[[Storage, int], Any]] = [
    lambda storage, number: storage.claim_submission("host7:1:1", at_most=number),
    lambda storage, number: storage.started_submission(number, "host7:2:2"),
    lambda storage, number: storage.adopt_submission(number, f"host7:{number % 2}:1"),
    lambda storage, number: storage.end_submission(number, number - 2, "why\0"),
    lambda storage, number: storage.cancel_submission(number, "you"),
]
REWARDS = st.sampled_from([0.5, 0.25, -1.0])


def without_times(value: Any) -> Any:
    """The same value with all times as 0, so that two clocks compare."""
    if isinstance(value, list | tuple):
        return [without_times(item) for item in value]
    if not is_dataclass(value):
        return value
    times = {
        field.name: 0.0
        for field in fields(value)
        if field.name in TIMES and getattr(value, field.name) is not None
    }
    return replace(value, **times)


def outcome_of(call: Callable[[], Any]) -> Any:
    """What a call returns, or the class of error that it raises."""
    try:
        return without_times(call())
    except NasError as error:
        return type(error)


class BothStorages(RuleBasedStateMachine):
    directory: Path
    empty: Path
    runs = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).runs += 1
        path = shutil.copy(self.empty, self.directory / f"{self.runs}.db")
        self.storages: list[Storage] = [InMemoryStorage(), open_storage(f"sqlite:///{path}")]
        for storage in self.storages:
            storage.create_search(SEARCH)
        self.leases = [storage.acquire(1, "host7:1:1", seconds=60) for storage in self.storages]

    def teardown(self) -> None:
        self.same_in_all()
        for storage in self.storages:
            storage.close()

    def both(self, call: Callable[[Storage, Any], Any]) -> None:
        memory, sqlite = (
            outcome_of(lambda pair=pair: call(*pair)) for pair in zip(self.storages, self.leases, strict=True)
        )
        assert memory == sqlite

    @rule(count=st.integers(0, 3))
    def add(self, count: int) -> None:
        self.both(lambda storage, lease: storage.add_trials(lease, [new_trial(n) for n in range(count)]))

    @rule(trial=TRIALS)
    def start(self, trial: int) -> None:
        """A token is the number of the attempt, so that some of those drawn elsewhere are right."""

        def begin(storage: Storage, lease: Any) -> Any:
            attempts = sum(found.attempts for found in storage.trials(1) if found.trial_id == trial)
            return storage.start_trial(lease, trial, str(attempts + 1))

        self.both(begin)

    @rule(trial=TRIALS, token=TOKENS, reward=REWARDS)
    def complete(self, trial: int, token: str, reward: float) -> None:
        def finish(storage: Storage, lease: Any) -> Any:
            outcome = replace(
                completed(_Known(trial, token)), validation_accuracy=0.5, latency_ms=abs(reward)
            )
            return storage.finish_trial(lease, trial, outcome, reward, (reward, -1 / 3))

        self.both(finish)

    @rule(trial=TRIALS, token=TOKENS)
    def fail(self, trial: int, token: str) -> None:
        outcome = failed(_Known(trial, token))
        self.both(lambda storage, lease: storage.finish_trial(lease, trial, outcome, None))

    @rule(trial=TRIALS, token=TOKENS, epochs=st.integers(0, 2), saved=st.booleans(), gone=st.booleans())
    def hear(self, trial: int, token: str, epochs: int, saved: bool, gone: bool) -> None:
        state = SavedTraining(1, b"state") if saved else None
        progress = TrialProgress(trial, token, f"worker {token}", CURVE[:epochs], state)
        worker = WorkerRecord(f"worker {token}", number=trial, started_at=1.0, beat_at=2.0, is_gone=gone)
        self.both(lambda storage, lease: storage.record_progress(lease, [progress], [worker]))

    @rule(command=st.integers(1, 3), text=st.sampled_from(["yes", "no\0"]))
    def command(self, command: int, text: str) -> None:
        if command == 1:
            self.both(lambda storage, _: storage.add_command(1, CommandKind.STOP, text))
        self.both(lambda storage, lease: storage.answer_command(lease, command, text))

    @rule(held=st.booleans())
    def hold(self, held: bool) -> None:
        self.both(lambda storage, lease: storage.hold(lease, held))

    @rule(name=NAMES, digest=st.sampled_from("01"), scope=st.sampled_from(TokenScope))
    def give_a_token(self, name: str, digest: str, scope: TokenScope) -> None:
        self.both(lambda storage, _: storage.add_token(name, digest * 64, scope, "me\0"))

    @rule(name=NAMES)
    def revoke(self, name: str) -> None:
        self.both(lambda storage, _: storage.revoke_token(name, "you"))

    @rule(kind=st.sampled_from(SubmissionKind), name=NAMES)
    def submit(self, kind: SubmissionKind, name: str) -> None:
        self.both(lambda storage, _: storage.add_submission(kind, name, {"b": [name], "a": None}, "me"))

    @rule(step=st.sampled_from(SUBMISSION_STEPS), number=st.integers(0, 4))
    def go_on_with(self, step: Callable[[Storage, int], Any], number: int) -> None:
        self.both(lambda storage, _: step(storage, number))

    @rule(trial=TRIALS, failure=st.sampled_from(FAILURES))
    def requeue(self, trial: int, failure: FailureKind) -> None:
        self.both(lambda storage, lease: storage.requeue_trial(lease, trial, failure, "why"))

    @rule(trial=TRIALS, baseline=st.none() | REWARDS)
    def tell(self, trial: int, baseline: float | None) -> None:
        feedback = Feedback((baseline,), (replace(UPDATE, version=trial),))
        self.both(lambda storage, lease: storage.record_tell(lease, [trial], feedback))

    @rule(state=st.binary(max_size=3))
    def checkpoint(self, state: bytes) -> None:
        self.both(lambda storage, lease: storage.save_checkpoint(lease, state))

    @rule()
    def release_and_acquire(self) -> None:
        self.both(lambda storage, lease: storage.release(lease, SearchState.PAUSED, "why"))
        self.both(lambda storage, lease: storage.start_trial(lease, 1, "token"))
        self.leases = [storage.acquire(1, "host7:1:1", seconds=60) for storage in self.storages]

    @invariant()
    def same(self) -> None:
        for read in (
            lambda storage, _: storage.searches(),
            lambda storage, _: storage.trials(1),
            lambda storage, _: storage.events(1),
        ):
            self.both(read)

    def same_in_all(self) -> None:
        """What nothing of the above would be right without for long, and would take too long to ask every time."""
        for read in (
            lambda storage, _: (storage.leaderboard(1, 3), storage.open_trials(1), storage.updates(1)),
            lambda storage, _: [storage.page(1, state=state) for state in (None, *TrialState)],
            lambda storage, _: [storage.attempts(1, trial.number) for trial in storage.trials(1)],
            lambda storage, _: [storage.epochs(1, trial.number) for trial in storage.trials(1)],
            lambda storage, _: [storage.saved_training(trial) for trial in range(1, 7)],
            lambda storage, _: (storage.latest_checkpoint(1), storage.workers(1), storage.commands(1)),
            lambda storage, _: (storage.history(1), storage.architectures(1, 9), storage.failures(1)),
            lambda storage, _: (storage.last_event(1), storage.newest_events(1, before=9, limit=5)),
            lambda storage, _: [_without_times_too(each) for each in storage.summaries(1, after=0)],
            lambda storage, _: [_without_times_too(each) for each in storage.summaries_of(1, [3, 0, 9])],
            lambda storage, _: (storage.tokens(), storage.submissions(), storage.audit()),
            lambda storage, _: [storage.submissions(state=state, before=3) for state in SubmissionState],
        ):
            self.both(read)


def _without_times_too(summary: TrialSummary) -> TrialSummary:
    known = {name for name in TIMES & set(TrialSummary._fields) if getattr(summary, name) is not None}
    return summary._replace(**dict.fromkeys(sorted(known), 0.0))


class _Known(NamedTuple):
    """What an outcome needs to know of its trial."""

    trial_id: int
    token: str


def test_both_answer_alike(tmp_path: Path, sqlite_url: str) -> None:
    machine = type("Machine", (BothStorages,), {"directory": tmp_path, "empty": tmp_path / "nas.db"})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )


def test_closed_memory_still_has_everything() -> None:
    with InMemoryStorage() as storage:
        storage.create_search(SEARCH)
    assert storage.search(SEARCH.name).config == SEARCH.config
    with pytest.raises(NasError):
        storage.create_search(SEARCH)
