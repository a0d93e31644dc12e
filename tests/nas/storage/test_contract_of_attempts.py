"""What every storage promises of attempts: one at a time, named by a token, what it learnt kept for the next one."""

import math
import time
from dataclasses import replace

import pytest

from nas.errors import StaleAttemptError, StorageError, TrialStateError, UnknownSearchError
from nas.storage.contract import Storage
from nas.storage.records import Lease, LogKind, TrialProgress, WorkerRecord
from nas.trial import Attempt, AttemptState, Feedback, SavedTraining, Trial, TrialState
from tests.nas.storage.examples import (
    CURVE,
    begin,
    begin_trial,
    completed,
    failed,
    new_trial,
    run_trial,
    start,
)
from workers.job import EpochMetrics, FailureKind

SAVED = SavedTraining(1, bytes(range(256)) * 3)


def hear(storage: Storage, lease: Lease, trial: Trial, epochs: int = 2, *, saved: bool = True) -> None:
    """The driver writes that it heard of the first epochs, and of the state after the first one."""
    state = SAVED if saved else None
    progress = TrialProgress(trial.trial_id, trial.token, "host7:42:cpu", CURVE[:epochs], state)
    storage.record_progress(lease, [progress])


class TestAttempts:
    def test_each_has_its_row(self, storage: Storage) -> None:
        search, lease = begin(storage)
        before = time.time()
        trial = begin_trial(storage, lease)
        storage.requeue_trial(lease, trial.trial_id, FailureKind.NODE_LOST, "first\nlast line")
        trial = start(storage, lease, trial)
        hear(storage, lease, trial)
        running = storage.attempts(search.search_id, 0)[1]
        storage.finish_trial(lease, trial.trial_id, completed(trial), 0.5)
        lost, done = storage.attempts(search.search_id, 0)
        assert lost == Attempt(
            number=0,
            attempt=1,
            state=AttemptState.LOST,
            token="1.1",
            started_at=lost.started_at,
            ended_at=lost.ended_at,
            failure=FailureKind.NODE_LOST,
            error_text="first\nlast line",
        )
        assert (running.state, running.worker, running.last_epoch) == (
            AttemptState.RUNNING,
            "host7:42:cpu",
            2,
        )
        assert done == replace(running, state=AttemptState.COMPLETED, ended_at=done.ended_at)
        times = [lost.started_at, lost.ended_at, done.started_at, done.progress_at, done.ended_at]
        assert sorted([*times, before, time.time()])[1:-1] == times

    @pytest.mark.parametrize(
        ("failure", "state", "counted"),
        [
            (FailureKind.WORKER_LOST, AttemptState.LOST, (1, 0)),
            (FailureKind.NODE_LOST, AttemptState.LOST, (1, 0)),
            (FailureKind.PREEMPTED, AttemptState.PREEMPTED, (1, 0)),
            (FailureKind.CANCELLED, AttemptState.CANCELLED, (0, 0)),
            (FailureKind.OUT_OF_MEMORY, AttemptState.FAILED, (0, 1)),
            (FailureKind.TIMEOUT, AttemptState.FAILED, (0, 1)),
        ],
    )
    def test_what_is_counted(
        self, storage: Storage, failure: FailureKind, state: AttemptState, counted: tuple[int, int]
    ) -> None:
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        waiting = storage.requeue_trial(lease, trial.trial_id, failure, "why\0")
        assert (waiting.infrastructure_failures, waiting.own_failures) == counted
        assert waiting == storage.trial(search.search_id, 0)
        (attempt,) = storage.attempts(search.search_id, 0)
        assert (attempt.state, attempt.failure, attempt.error_text) == (state, failure, "why\\x00")
        again = start(storage, lease, waiting)
        ended = storage.finish_trial(lease, trial.trial_id, failed(again, failure), None)
        assert (ended.state, ended.failure) == (TrialState.FAILED, failure)
        assert [attempt.state for attempt in storage.attempts(search.search_id, 0)] == [state, state]

    def test_workers_lost_with_each_architecture(self, storage: Storage) -> None:
        search, lease = begin(storage)
        other, other_lease = begin(storage, "other")
        assert storage.lost_workers(search.search_id) == storage.lost_workers(99) == {}
        kinds = (FailureKind.WORKER_LOST, FailureKind.NODE_LOST, FailureKind.WORKER_LOST)
        for number in (0, 1, 0):
            trial = begin_trial(storage, lease, number)
            for failure in kinds[number:]:
                storage.requeue_trial(lease, trial.trial_id, failure)
                trial = start(storage, lease, replace(trial, attempts=trial.attempts + 1))
            storage.finish_trial(lease, trial.trial_id, failed(trial, FailureKind.WORKER_LOST), None)
        begin_trial(storage, other_lease, 0)
        assert storage.lost_workers(search.search_id) == {"key0": 6, "key1": 2}
        assert storage.lost_workers(other.search_id) == {}

    def test_of_nothing(self, storage: Storage) -> None:
        search, lease = begin(storage)
        for read in (storage.attempts, storage.epochs):
            with pytest.raises(UnknownSearchError, match="it has no trials yet, got 0"):
                read(search.search_id, 0)
        (trial,) = storage.add_trials(lease, [new_trial()])
        assert (storage.attempts(search.search_id, 0), storage.epochs(search.search_id, 0)) == ([], ())
        assert storage.saved_training(trial.trial_id) is None
        assert storage.saved_training(10**6) is None


class TestFence:
    def test_a_late_result_is_thrown_away_and_known(self, storage: Storage) -> None:
        search, lease = begin(storage)
        first = begin_trial(storage, lease)
        storage.requeue_trial(lease, first.trial_id, FailureKind.WORKER_LOST)
        second = start(storage, lease, first)
        before = storage.trials(search.search_id)
        for _ in range(2):
            with pytest.raises(
                StaleAttemptError, match=r"trial 0: expected .* running attempt, got .*'1\.1'"
            ):
                storage.finish_trial(lease, first.trial_id, completed(first), 0.9)
        assert storage.trials(search.search_id) == before
        assert storage.search(search.name).completed == 0
        states = [attempt.state for attempt in storage.attempts(search.search_id, 0)]
        assert states == [AttemptState.FENCED, AttemptState.RUNNING]
        done = storage.finish_trial(lease, second.trial_id, completed(second, 0.8), 0.8)
        with pytest.raises(StaleAttemptError):
            storage.finish_trial(lease, first.trial_id, failed(first), None)
        assert storage.trial(search.search_id, 0) == done
        fenced = [entry for entry in storage.events(search.search_id) if entry.kind is LogKind.FENCED]
        assert [(entry.number, entry.attempt) for entry in fenced] == [(0, 1)] * 3
        assert storage.architectures(search.search_id, 9)[0].trainings == 1

    def test_a_late_result_of_an_attempt_that_failed_itself(self, storage: Storage) -> None:
        """It has said that it ran out of memory, and then sends a result all the same, whatever the trial does now."""
        search, lease = begin(storage)
        first = begin_trial(storage, lease)
        storage.requeue_trial(lease, first.trial_id, FailureKind.OUT_OF_MEMORY)

        def send() -> None:
            before = storage.trial(search.search_id, 0)
            with pytest.raises(StaleAttemptError, match=r"trial 0: .* got one of attempt '1\.1'"):
                storage.finish_trial(lease, first.trial_id, completed(first), 0.9)
            assert storage.trial(search.search_id, 0) == before

        send()
        second = start(storage, lease, first)
        send()
        storage.finish_trial(lease, second.trial_id, failed(second, FailureKind.OUT_OF_MEMORY), None)
        send()
        states = [attempt.state for attempt in storage.attempts(search.search_id, 0)]
        assert states == [AttemptState.FAILED, AttemptState.FAILED]
        fenced = [entry for entry in storage.events(search.search_id) if entry.kind is LogKind.FENCED]
        assert [(entry.number, entry.attempt) for entry in fenced] == [(0, 1)] * 3
        with pytest.raises(TrialStateError) as raised:  # the result that ended the trial, once more
            storage.finish_trial(lease, second.trial_id, completed(second), 0.9)
        assert not isinstance(raised.value, StaleAttemptError)

    def test_a_result_of_nobody(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        with pytest.raises(StaleAttemptError, match="got one of attempt 'another'"):
            storage.finish_trial(lease, trial.trial_id, completed(replace(trial, token="another")), 0.9)
        assert storage.trial(search.search_id, 0) == trial

    def test_a_result_that_comes_twice_is_none_of_another_attempt(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        storage.finish_trial(lease, trial.trial_id, completed(trial), 0.5)
        before = storage.events(search.search_id)
        with pytest.raises(TrialStateError, match="trial 0 is COMPLETED and cannot be finished") as raised:
            storage.finish_trial(lease, trial.trial_id, completed(trial), 0.5)
        assert not isinstance(raised.value, StaleAttemptError)
        assert storage.events(search.search_id) == before
        assert storage.attempts(search.search_id, 0)[0].state is AttemptState.COMPLETED

    def test_news_of_an_attempt_that_was_given_up(self, storage: Storage) -> None:
        search, lease = begin(storage)
        first = begin_trial(storage, lease)
        storage.requeue_trial(lease, first.trial_id, FailureKind.WORKER_LOST)
        hear(storage, lease, first)
        start(storage, lease, first)
        hear(storage, lease, first)
        hear(storage, lease, replace(first, trial_id=10**6))
        assert storage.epochs(search.search_id, 0) == ()
        assert storage.saved_training(first.trial_id) is None
        assert [attempt.last_epoch for attempt in storage.attempts(search.search_id, 0)] == [0, 0]


class TestProgress:
    def test_the_curve_is_there_while_it_grows(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        hear(storage, lease, trial, 1)
        assert storage.epochs(search.search_id, 0) == CURVE[:1]
        hear(storage, lease, trial, 2)
        hear(storage, lease, trial, 0)
        assert storage.epochs(search.search_id, 0) == CURVE
        assert storage.trial(search.search_id, 0) == trial  # nothing of it is in the trial before it ends
        assert storage.attempts(search.search_id, 0)[0].last_epoch == 2
        outcome = replace(completed(trial), curve=CURVE[:1])  # the worker's own account is the truth
        storage.finish_trial(lease, trial.trial_id, outcome, 0.5)
        assert storage.epochs(search.search_id, 0) == CURVE[:1]

    def test_a_saved_state_serves_the_next_attempt_and_goes_with_the_end(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        hear(storage, lease, trial)
        assert storage.saved_training(trial.trial_id) == SAVED
        storage.requeue_trial(lease, trial.trial_id, FailureKind.WORKER_LOST)
        assert storage.saved_training(trial.trial_id) == SAVED
        assert storage.epochs(search.search_id, 0) == CURVE[:1]  # the next attempt begins behind that epoch
        trial = start(storage, lease, trial)
        later = replace(SAVED, epoch=2)
        storage.record_progress(lease, [TrialProgress(trial.trial_id, trial.token, "w", (), later)])
        assert storage.saved_training(trial.trial_id) == later
        storage.finish_trial(lease, trial.trial_id, completed(trial), 0.5)
        assert storage.saved_training(trial.trial_id) is None
        with pytest.raises(TrialStateError):
            start(storage, lease, trial)

    def test_without_a_saved_state_the_next_attempt_begins_anew(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        hear(storage, lease, trial, saved=False)
        storage.requeue_trial(lease, trial.trial_id, FailureKind.WORKER_LOST)
        assert storage.epochs(search.search_id, 0) == ()

    def test_an_epoch_that_diverged_is_left_out(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        epochs = (CURVE[0], EpochMetrics(2, math.nan, 0.1, 0.1, 1.0), EpochMetrics(3, 0.1, None, None, 1.0))
        storage.record_progress(lease, [TrialProgress(trial.trial_id, trial.token, "w", epochs)])
        assert storage.epochs(search.search_id, 0) == (epochs[0], epochs[2])
        assert storage.attempts(search.search_id, 0)[0].last_epoch == 3

    def test_workers(self, storage: Storage) -> None:
        search, lease = begin(storage)
        one = WorkerRecord("host7:1:cuda:0", "node", 3, 2**33, 2**34, 1.5, 2.5)
        two = WorkerRecord("host7:2:cpu", started_at=0.1 + 0.2, beat_at=7.0)
        storage.record_progress(lease, [], [two, one])
        assert storage.workers(search.search_id) == [one, two]
        storage.record_progress(
            lease, [], [replace(one, number=None, beat_at=9.0), replace(two, is_gone=True)]
        )
        assert storage.workers(search.search_id) == [replace(one, number=None, beat_at=9.0)]
        with pytest.raises(StorageError, match="beat_at: expected a finite number"):
            storage.record_progress(lease, [], [replace(two, beat_at=math.nan)])
        storage.acquire(search.search_id, lease.owner, seconds=30)
        assert storage.workers(search.search_id) == []  # they were those of the driver before

    def test_trials_of_one_search_are_not_those_of_another(self, storage: Storage) -> None:
        one, lease_one = begin(storage, "one")
        two, lease_two = begin(storage, "two")
        trials = [begin_trial(storage, lease) for lease in (lease_one, lease_two)]
        hear(storage, lease_one, trials[0])
        assert storage.epochs(two.search_id, 0) == ()
        run_trial(storage, lease_one, 0.5, number=1)
        storage.record_tell(lease_one, [storage.trial(one.search_id, 1).trial_id], Feedback((None,)))
        assert [trial.number for trial in storage.open_trials(one.search_id)] == [0]
        assert storage.open_trials(two.search_id) == [trials[1]]
