"""A transaction whose n-th step fails, commits that are done and not answered among them, happens once all the same.

Each run drives a search through every kind of write over a database that fails at one step, and must leave what an
undisturbed run leaves.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, text

from nas.errors import SearchBusyError
from nas.storage import sql_archive, sql_base, sql_driving, waiting
from nas.storage.address import parse_url
from nas.storage.connection import build_engine, write
from nas.storage.records import (
    Answer,
    AuditRecord,
    CommandKind,
    Lease,
    LogKind,
    SearchState,
    SubmissionKind,
    TokenScope,
    TrialProgress,
    WorkerRecord,
)
from nas.storage.sql import SqlStorage
from nas.storage.statements import TOUCH, Fence
from nas.storage.waiting import Waiting
from nas.trial import Feedback, SavedTraining
from tests.nas.storage.breaking import Breaking, breaking_at
from tests.nas.storage.examples import (
    CURVE,
    EXPORT,
    SEARCH,
    TRAINING,
    UPDATE,
    begin,
    completed,
    failed,
    live,
    new_trial,
)
from workers.job import FailureKind
from workers.points import POINTS

PATIENT = Waiting(30)


@contextmanager
def opened(url: str) -> Iterator[SqlStorage]:
    """A storage on connections of its own, which the harness can break; the tables are there."""
    with SqlStorage(build_engine(parse_url(url), read_only=False), PATIENT) as storage:
        yield storage


def drive(storage: SqlStorage, name: str) -> list[Any]:
    """Every kind of write once or twice; returns what they gave."""
    search = storage.create_search(replace(SEARCH, name=name))
    lease = storage.acquire(search.search_id, "host7:1:1", seconds=30)
    trials = storage.add_trials(lease, [new_trial(0), new_trial(1)])
    first, second = (storage.start_trial(lease, trial.trial_id, f"{trial.number}.1") for trial in trials)
    saved = SavedTraining(2, b"state")
    progress = [TrialProgress(first.trial_id, first.token, "w", CURVE, saved)]
    storage.record_progress(lease, progress, [WorkerRecord("w")])
    storage.renew(lease, seconds=30)
    waiting = storage.requeue_trial(lease, first.trial_id, FailureKind.WORKER_LOST)
    first = storage.start_trial(lease, waiting.trial_id, "0.2")
    ended = [
        storage.finish_trial(lease, first.trial_id, completed(first), 0.5),
        storage.finish_trial(lease, second.trial_id, failed(second), None),
    ]
    event = storage.record_tell(lease, [first.trial_id, second.trial_id], Feedback((0.5, None), (UPDATE,)))
    storage.save_checkpoint(lease, b"strategy")
    storage.extend(lease, trial_budget=3, time_budget_seconds=None)
    storage.note(lease, "noted")
    command = storage.add_command(search.search_id, CommandKind.WORKERS, "me", {"count": 3})
    storage.answer_command(lease, command.command_id, "yes")
    storage.hold(lease, True)
    asked = [
        storage.add_command(search.search_id, kind, "me") for kind in (CommandKind.ADD, CommandKind.BUDGET)
    ]
    added, budget = (Answer(each.command_id, each.kind) for each in asked)
    trials += storage.add_trials(lease, [new_trial(2)], added)
    storage.extend(lease, trial_budget=4, time_budget_seconds=None, answer=budget)
    storage.save_training(search.search_id, TRAINING)
    storage.save_export(search.search_id, EXPORT)
    storage.add_audit(AuditRecord(1.0, "me", "search", name))
    storage.release(lease, SearchState.PAUSED)
    return [search, lease, trials, first, second, waiting, ended, event, command, *serve(storage, name)]


def serve(storage: SqlStorage, name: str) -> list[Any]:
    """Likewise what people ask of the service."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    given = [storage.add_token(name, digest, TokenScope.READ, "me"), storage.revoke_token(name, "you")]
    submitted = [storage.add_submission(kind, name, {}, "me") for kind in SubmissionKind]
    claimed = storage.claim_submission("host7:1:1", at_most=1)
    refused = storage.claim_submission("host7:1:1", at_most=1)
    assert claimed is not None
    run = [
        storage.adopt_submission(claimed.submission_id, "host7:1:1"),
        storage.started_submission(claimed.submission_id, "host7:2:2"),
        storage.end_submission(claimed.submission_id, 0, "done"),
    ]
    cancelled = [storage.cancel_submission(each.submission_id, "me") for each in submitted[1:]]
    return [given, submitted, claimed, refused, run, cancelled]


def all_of(storage: SqlStorage, name: str) -> list[Any]:
    """What the database holds of that search."""
    search = storage.search(name)
    key = search.search_id
    numbers = range(search.created)
    return [
        search,
        storage.trials(key),
        [(storage.attempts(key, number), storage.epochs(key, number)) for number in numbers],
        [storage.saved_training(trial.trial_id) for trial in storage.trials(key)],
        (storage.events(key), storage.workers(key), storage.commands(key)),
        (storage.history(key), storage.architectures(key, 9), storage.failures(key)),
        (storage.updates(key), storage.latest_checkpoint(key)),
        (storage.trainings(key), storage.exports(key), storage.readings(key)),
        [token for token in storage.tokens() if token.name == name],
        [submission for submission in storage.submissions() if submission.search == name],
        [record for record in storage.audit() if record.search == name or repr(name) in record.detail],
    ]


def comparable(values: list[Any], name: str) -> list[str]:
    """The values as texts, without times, and without the name and the ids that tell one search from the next."""
    differing = r"(\w*_at|at|spent_seconds|lease_age_seconds|\w+_id)=[\d.e+-]+"
    texts = [re.sub(differing, r"\1=.", repr(value)).replace(f"{name!r}", "'name'") for value in values]
    return [re.sub(r"submission \d+", "submission .", text) for text in texts]


class Runs:
    """The same search again and again, each under a name of its own, and what it left when nothing failed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._number = 0
        with breaking_at(0) as breaking:
            self.undisturbed = self.run()
        self.steps = breaking.steps

    def run(self) -> list[str]:
        self._number += 1
        name = f"s{self._number}"
        with opened(self._url) as storage:
            return comparable(drive(storage, name) + all_of(storage, name), name)

    def run_broken(self, step: int) -> None:
        with breaking_at(step) as breaking:
            left = self.run()
        assert breaking.has_broken
        assert left == self.undisturbed, f"step {step}: {breaking.steps[step - 1]}"


@pytest.fixture
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_PAUSE_SECONDS", 0.001)


@pytest.mark.usefixtures("_hurried")
def test_every_answer_may_be_lost(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All in one run: each commit is done; on SQLite the file is locked then, on PostgreSQL the connection is lost."""
    runs = Runs(url)
    answers = count()
    lost: list[str] = []

    def loses_every_other(_: Breaking, step: str) -> bool:
        """The next one is that of the look, which is not lost."""
        is_lost = step == "after commit" and next(answers) % 2 == 0
        lost.extend([step] * is_lost)
        return is_lost

    with breaking_at(0):
        monkeypatch.setattr(Breaking, "breaks_now", loses_every_other)
        left = runs.run()
    assert left == runs.undisturbed
    assert len(lost) > 20


@pytest.mark.usefixtures("_hurried")
def test_many_steps_may_fail(url: str) -> None:
    runs = Runs(url)
    for step in range(1, len(runs.steps) + 1, 29):
        runs.run_broken(step)


@pytest.mark.faults
@pytest.mark.usefixtures("_hurried")
def test_every_step_may_fail(url: str) -> None:
    runs = Runs(url)
    assert len(runs.steps) > 150
    for step in range(1, len(runs.steps) + 1):
        runs.run_broken(step)


def execute(storage: SqlStorage, statement: str) -> None:
    write(storage._writer, lambda connection: connection.execute(text(statement)), PATIENT)


def note_with_a_lost_answer(
    storage: SqlStorage,
    lease: Lease,
    meanwhile: Callable[[], None],
    write: Callable[[], None] | None = None,
) -> None:
    """Writes "noted", or what `write` does; its commit is done, the answer lost, then `meanwhile` comes."""

    def happens() -> bool:
        meanwhile()
        return False

    with breaking_at(0) as breaking:
        storage._engine.dispose()  # the connections that are made now can be broken
        breaking.when = lambda step: step == "after commit"
        storage._waiting = Waiting(30, is_over=happens)
        try:
            write() if write else storage.note(lease, "noted")
        finally:
            storage._waiting = PATIENT
            assert breaking.has_broken


def noted(storage: SqlStorage) -> int:
    return sum(entry.text == "noted" for entry in storage.events(1))


def test_a_lost_answer_after_a_takeover(url: str) -> None:
    with opened(url) as storage, opened(url) as other:
        _, lease = begin(storage)

        def take_over() -> None:
            execute(other, "UPDATE nas_searches SET lease_until = 0")
            other.acquire(1, "host8:2:2", seconds=30)

        with pytest.raises(SearchBusyError, match="taken over by process 2 on host8"):
            note_with_a_lost_answer(storage, lease, take_over)
        assert noted(other) == 1


def test_a_lease_that_was_given_back_and_taken_by_another(url: str) -> None:
    """The answer to the release is lost, and the next driver is there before it is asked for again."""
    with opened(url) as storage, opened(url) as other:
        search, lease = begin(storage)

        def take() -> None:
            other.acquire(1, "host8:2:2", seconds=30)

        def give_back() -> None:
            storage.release(lease, SearchState.PAUSED)

        note_with_a_lost_answer(storage, lease, take, give_back)
        record = other.search(search.name)
        assert (record.state, record.owner, record.epoch) == (SearchState.RUNNING, "host8:2:2", 3)
        released = [entry for entry in other.events(1) if entry.kind is LogKind.RELEASED]
        assert len(released) == 1


def test_an_answer_that_was_not_waited_for(url: str) -> None:
    """After Ctrl-C nobody knows whether the commit happened; the next write does not take it for another's."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with opened(url) as storage:
        _, lease = begin(storage)
        with pytest.raises(KeyboardInterrupt):
            note_with_a_lost_answer(storage, lease, interrupt)
        assert noted(storage) == 1
        live(storage, lease, 0)
        assert storage.search(SEARCH.name).completed == 1


def test_two_that_write_under_one_lease(url: str) -> None:
    with opened(url) as storage, opened(url) as other:
        _, lease = begin(storage)
        other.note(lease, "noted")
        with pytest.raises(SearchBusyError, match="with epoch 1 was written under by somebody else"):
            storage.note(lease, "noted")
        assert noted(storage) == 1


def test_the_lease_is_renewed_beside_a_transaction(url: str) -> None:
    """By a thread of its own, as drivers do; it waits for the transaction and disturbs the count of none."""
    with opened(url) as storage:
        _, lease = begin(storage)
        renewing = threading.Thread(target=storage.renew, args=(lease,), kwargs={"seconds": 1000})

        def work(connection: Connection, fence: Fence) -> None:
            renewing.start()
            renewing.join(0.05)
            assert renewing.is_alive()
            connection.execute(text("UPDATE nas_searches SET trial_budget = 5"))

        storage._fenced(lease, "", TOUCH, work, lambda *_: None)
        renewing.join(30)
        live(storage, lease, 0)
        record = storage.search(SEARCH.name)
        assert (record.trial_budget, record.completed) == (5, 1)
        assert (
            storage._look(lambda c: c.scalar(text("SELECT lease_until - renewed_at FROM nas_searches"))) > 900
        )


def test_points_lie_around_each_commit(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process that dies at a named point leaves: nothing of the step before its commit, all of it after."""
    seen: dict[str, list[object]] = {}
    reader = build_engine(parse_url(url), read_only=True)

    def look(point: str) -> None:
        assert point in POINTS
        with reader.connect() as connection:
            searches = connection.execute(text("SELECT epoch, writes, log, state FROM nas_searches")).all()
        seen.setdefault(point, [tuple(row) for row in searches])

    for module in (sql_base, sql_driving, sql_archive):
        monkeypatch.setattr(module, "reach", look)
    with opened(url) as storage:
        drive(storage, "a")
    reader.dispose()
    steps = {point.partition(".")[0] for point in seen}
    assert steps == {
        *("create", "acquire", "ask", "start", "report", "finish", "requeue", "tell", "checkpoint"),
        *("extend", "release", "add", "answer"),
    }
    for step in steps:
        assert seen[f"{step}.before_commit"] != seen[f"{step}.after_commit"], step
