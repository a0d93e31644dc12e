"""What every storage promises of what is looked at: pages, roll-ups, the log, commands, readings, the audit."""

from dataclasses import replace

import pytest

from nas.errors import StorageError, UnknownSearchError
from nas.storage import log_rows
from nas.storage.contract import Storage
from nas.storage.owner import actor
from nas.storage.records import (
    ArchitectureRecord,
    AuditAction,
    AuditRecord,
    CommandKind,
    ExportRecord,
    HistoryPoint,
    Lease,
    LogKind,
    SearchState,
    TestReading,
)
from nas.trial import Feedback, NewTrial, TrialState
from tests.nas.storage.examples import (
    SEARCH,
    TRAINING,
    begin,
    begin_trial,
    completed,
    failed,
    new_trial,
    run_trial,
    start,
)
from workers.job import FailureKind

READING = TestReading(0, "final figures", "f" * 64, 350, 360)


def finish_many(storage: Storage, lease: Lease, rewards: list[float | None]) -> list[int]:
    """Trials, asked at once, with these rewards, None for a failure; returns their ids."""
    trials = storage.add_trials(lease, [new_trial(number) for number in range(len(rewards))])
    for trial, reward in zip(trials, rewards, strict=True):
        running = start(storage, lease, trial)
        outcome = failed(running) if reward is None else completed(running)
        storage.finish_trial(lease, trial.trial_id, outcome, reward)
    return [trial.trial_id for trial in trials]


class TestPages:
    def test_newest_first_of_each_state(self, storage: Storage) -> None:
        search, lease = begin(storage)
        finish_many(storage, lease, [0.1, None, 0.2, None, 0.3])
        begin_trial(storage, lease, 5)
        storage.add_trials(lease, [new_trial(6), new_trial(7)])

        def numbers(**page: object) -> list[int]:
            return [trial.number for trial in storage.page(search.search_id, **page)]

        assert numbers() == [7, 6, 5, 4, 3, 2, 1, 0]
        assert numbers(limit=3) == [7, 6, 5]
        assert numbers(limit=3, before=5) == [4, 3, 2]
        assert numbers(before=0) == numbers(limit=0) == []
        by_state = {state: numbers(state=state) for state in TrialState}
        assert by_state == {
            TrialState.WAITING: [7, 6],
            TrialState.RUNNING: [5],
            TrialState.COMPLETED: [4, 2, 0],
            TrialState.FAILED: [3, 1],
        }
        assert numbers(state=TrialState.COMPLETED, before=4, limit=1) == [2]
        assert storage.page(99) == []

    def test_without_their_curves(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trial = run_trial(storage, lease, 0.5)
        assert storage.page(search.search_id) == [replace(trial, curve=())]
        assert trial.curve != ()


class TestRollUps:
    def test_an_architecture_is_worth_the_mean_of_its_trainings(self, storage: Storage) -> None:
        search, lease = begin(storage)
        keys = ["a", "b", "a", "c", "b"]
        trials = storage.add_trials(
            lease, [NewTrial(new_trial(n).proposal, key, 1) for n, key in enumerate(keys)]
        )
        rewards = (0.5, 0.75, 0.25, None, None)
        for trial, reward in reversed(list(zip(trials, rewards, strict=True))):
            running = start(storage, lease, trial)
            outcome = failed(running) if reward is None else completed(running)
            outcome = replace(outcome, parameters=None) if trial.number == 0 else outcome
            storage.finish_trial(lease, trial.trial_id, outcome, reward)
        best = ArchitectureRecord("b", 1, 1, 0.75, 1_000, 2**40)
        assert storage.architectures(search.search_id, 9) == [
            best,
            ArchitectureRecord("a", 0, 2, 0.375, 1_000, 2**40),
        ]
        assert storage.architectures(search.search_id, 1) == [best]
        assert storage.architectures(99, 9) == []
        assert storage.architecture(search.search_id, "b") == best
        assert storage.architecture(search.search_id, "c") is None
        assert storage.architecture(99, "b") is None

    def test_history_in_the_order_of_being_told(self, storage: Storage) -> None:
        search, lease = begin(storage)
        assert storage.history(search.search_id) == storage.history(99) == []
        rewards = [None if number < 3 else number / 100 for number in range(102)]
        ids = finish_many(storage, lease, rewards)
        storage.record_tell(lease, list(reversed(ids))[:60], Feedback((None,) * 60))
        assert storage.history(search.search_id) == [
            HistoryPoint(0, 60, 1.01, pytest.approx(sum(number / 100 for number in range(42, 102)) / 60))
        ]
        for trial_id in reversed(ids[:42]):
            storage.record_tell(lease, [trial_id], Feedback((None,)))
        first, second = storage.history(search.search_id)
        assert (first.first_told, first.trials, first.best) == (0, 100, 1.01)
        assert second == HistoryPoint(100, 2, None, None)  # both of them failed
        whole = HistoryPoint(0, 102, 1.01, pytest.approx(sum(number / 100 for number in range(3, 102)) / 99))
        assert storage.history(search.search_id, points=1) == [whole]
        with pytest.raises(ValueError, match="expected 1 point or more, got 0"):
            storage.history(search.search_id, points=0)

    def test_stretches_are_merged_until_they_are_few_enough(self) -> None:
        factors = [log_rows.stretches_merged(told, 4) for told in (0, 400, 401, 801, 2_001, 4_001, 8_001)]
        assert factors == [1, 1, 2, 5, 10, 20, 50]


class TestLog:
    def test_what_happened(self, storage: Storage) -> None:
        search, lease = begin(storage)
        storage.extend(lease, trial_budget=7, time_budget_seconds=None)
        trial = begin_trial(storage, lease)
        storage.requeue_trial(lease, trial.trial_id, FailureKind.WORKER_LOST, "a\n  b: the end \n")
        trial = start(storage, lease, trial)
        storage.finish_trial(lease, trial.trial_id, completed(trial), 1 / 3)
        storage.note(lease, "said\0" + "x" * 1_000)
        trial = begin_trial(storage, lease, 1)
        storage.finish_trial(lease, trial.trial_id, failed(trial), None)
        storage.release(lease, SearchState.FAILED, "why")
        entries = storage.events(search.search_id)
        assert [(entry.kind, entry.number, entry.attempt, entry.text[:30]) for entry in entries] == [
            (LogKind.CREATED, None, None, ""),
            (LogKind.TAKEN, None, None, "host7:1:1"),
            (LogKind.EXTENDED, None, None, "7 trials"),
            (LogKind.STARTED, 0, 1, ""),
            (LogKind.REQUEUED, 0, 1, "worker_lost:   b: the end"),
            (LogKind.STARTED, 0, 2, ""),
            (LogKind.FINISHED, 0, 2, "reward 0.333333"),
            (LogKind.NOTED, None, None, "said\\x00" + "x" * 22),
            (LogKind.STARTED, 1, 1, ""),
            (LogKind.FINISHED, 1, 1, "diverged: loss is NaN"),
            (LogKind.RELEASED, None, None, "failed: why"),
        ]
        assert [entry.event_id for entry in entries] == list(range(1, 12))
        assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
        assert storage.events(search.search_id, after=4, limit=2) == entries[4:6]
        assert storage.events(search.search_id, after=11) == storage.events(99) == []
        assert max(len(entry.text) for entry in entries) < 400

    def test_two_searches_have_two(self, storage: Storage) -> None:
        begin(storage, "one")
        two, lease = begin(storage, "two")
        storage.note(lease, "a")
        assert [entry.event_id for entry in storage.events(two.search_id)] == [1, 2, 3]

    def test_very_old_entries_are_dropped_with_a_checkpoint(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(log_rows, "EVENTS_KEPT", 5)
        search, lease = begin(storage)
        for number in range(8):
            storage.note(lease, str(number))
        storage.save_checkpoint(lease, b"state")
        storage.note(lease, "8")
        entries = storage.events(search.search_id)
        assert [entry.text for entry in entries] == ["3", "4", "5", "6", "7", "8"]
        assert entries[-1].event_id == 11

    def test_what_was_refused_did_not_happen(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trial = run_trial(storage, lease, 0.5)
        before = storage.events(search.search_id)
        with pytest.raises(StorageError):
            start(storage, lease, trial)
        with pytest.raises(StorageError):
            storage.requeue_trial(lease, trial.trial_id, FailureKind.WORKER_LOST)
        assert storage.events(search.search_id) == before


class TestCommands:
    def test_asked_and_answered_once(self, storage: Storage) -> None:
        search, lease = begin(storage)
        first = storage.add_command(search.search_id, CommandKind.STOP, "me@host7\udcff")
        second = storage.add_command(search.search_id, CommandKind.STOP, "you")
        assert (first.issued_by, first.answer, first.answered_at) == ("me@host7\\udcff", None, None)
        assert storage.commands(search.search_id) == [first, second]
        storage.answer_command(lease, first.command_id, "stopping")
        answered, still = storage.commands(search.search_id)
        assert answered == replace(first, answer="stopping", answered_at=answered.answered_at)
        assert first.issued_at <= (answered.answered_at or 0)
        assert storage.commands(search.search_id, unanswered=True) == [still] == [second]
        for command_id in (first.command_id, 99):
            with pytest.raises(
                UnknownSearchError, match=f"command with id {command_id} is not an unanswered"
            ):
                storage.answer_command(lease, command_id, "again")
        with pytest.raises(UnknownSearchError, match="id 99"):
            storage.add_command(99, CommandKind.STOP, "me")

    def test_of_another_search(self, storage: Storage) -> None:
        one, _ = begin(storage, "one")
        _, lease = begin(storage, "two")
        command = storage.add_command(one.search_id, CommandKind.STOP, "me")
        with pytest.raises(UnknownSearchError, match="of search with id 2"):
            storage.answer_command(lease, command.command_id, "no")


class TestReadings:
    def test_each_look_at_the_test_part_is_kept(self, storage: Storage) -> None:
        search, lease = begin(storage)
        run_trial(storage, lease, 0.5)
        storage.add_reading(search.search_id, READING)
        storage.save_training(search.search_id, TRAINING)
        by_hand, by_training = storage.readings(search.search_id)
        assert by_hand == replace(READING, at=by_hand.at)
        assert by_training == TestReading(
            0, "full training", SEARCH.dataset_fingerprint, 350, 360, by_training.at
        )
        assert 0 < by_hand.at <= by_training.at
        with pytest.raises(UnknownSearchError, match="got 3"):
            storage.add_reading(search.search_id, replace(READING, number=3))
        assert storage.readings(99) == []

    def test_a_training_of_an_unknown_trial_was_no_look(self, storage: Storage) -> None:
        search, _ = begin(storage)
        with pytest.raises(UnknownSearchError):
            storage.save_training(search.search_id, TRAINING)
        assert (storage.readings(search.search_id), storage.trainings(search.search_id)) == ([], [])


def test_the_audit_is_newest_first(storage: Storage) -> None:
    assert storage.audit() == []
    records = [
        AuditRecord(1 / 3, "me@host7", "backup", "cifar-a", "to\0 file"),
        AuditRecord(2.0, "you", "upgrade"),
    ]
    for record in records:
        storage.add_audit(record)
    assert storage.audit() == [records[1], replace(records[0], detail="to\\x00 file")]
    assert storage.audit(limit=1) == [records[1]]


def test_who_did_what_is_kept_with_it(storage: Storage) -> None:
    search, lease = begin(storage)
    storage.extend(lease, trial_budget=7, time_budget_seconds=None)
    storage.add_command(search.search_id, CommandKind.STOP, "you@host8")
    run_trial(storage, lease, 0.5)
    storage.save_training(search.search_id, TRAINING)
    storage.add_reading(search.search_id, READING)
    storage.save_export(search.search_id, ExportRecord(0, "/out"))
    records = list(reversed(storage.audit()))
    assert [(record.actor, record.action, record.detail) for record in records] == [
        (actor(), AuditAction.CREATE, ""),
        (actor(), AuditAction.EXTEND, "7 trials"),
        ("you@host8", AuditAction.ASK, "stop"),
        (actor(), AuditAction.TRAIN, "trial 0: 350 of 360 test pictures"),
        (actor(), AuditAction.READ, "trial 0, final figures: 350 of 360 test pictures"),
        (actor(), AuditAction.EXPORT, "trial 0 to /out"),
    ]
    assert {record.search for record in records} == {search.name}
    assert [record.at for record in records] == sorted(record.at for record in records)
    with pytest.raises(UnknownSearchError):
        storage.save_export(search.search_id, ExportRecord(9, "/out"))
    assert len(storage.audit()) == len(records)


def test_who_drives_a_search_and_how_long_ago_that_was_said(storage: Storage) -> None:
    created = storage.create_search(replace(SEARCH, name="created"))
    assert (created.owner, created.lease_age_seconds, created.epoch) == (None, None, 0)
    search, lease = begin(storage)
    record = storage.search(search.name)
    assert (record.owner, record.epoch) == ("host7:1:1", 1)
    assert record.lease_age_seconds is not None
    assert 0 <= record.lease_age_seconds < 30
    storage.release(lease, SearchState.PAUSED)
    assert (storage.search(search.name).owner, storage.search(search.name).epoch) == (None, 2)
