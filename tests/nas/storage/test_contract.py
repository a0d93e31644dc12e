"""What every storage promises, tried on each of them."""

import math
import time
from dataclasses import replace

import pytest

from nas.errors import (
    ConfigError,
    SearchExistsError,
    StorageError,
    TrialStateError,
    UnknownSearchError,
)
from nas.storage.contract import Storage
from nas.storage.records import SearchState
from nas.trial import Feedback, NewTrial, Proposal, TrialState
from search_spaces.architecture import Architecture
from tests.nas.storage.examples import (
    CURVE,
    EXPORT,
    SEARCH,
    TRAINING,
    UPDATE,
    begin,
    begin_trial,
    completed,
    failed,
    live,
    new_trial,
    run_trial,
    start,
)
from workers.job import EpochMetrics, FailureKind, Outcome


class TestSearches:
    def test_comes_back_as_it_went_in(self, storage: Storage) -> None:
        before = time.time()
        created = storage.create_search(SEARCH)
        read = storage.search(SEARCH.name)
        assert read == created
        assert {name: getattr(read, name) for name in SEARCH.__slots__} == {
            name: getattr(SEARCH, name) for name in SEARCH.__slots__
        }
        assert (read.state, read.event, read.created, read.completed, read.failed) == (
            SearchState.CREATED,
            0,
            0,
            0,
            0,
        )
        assert (read.best_number, read.spent_seconds, read.error_text) == (None, 0.0, "")
        assert before <= read.created_at == read.updated_at <= time.time()

    def test_newest_first(self, storage: Storage) -> None:
        for name in ("a", "b", "c"):
            storage.create_search(replace(SEARCH, name=name))
        assert [search.name for search in storage.searches()] == ["c", "b", "a"]

    def test_a_name_is_taken_once(self, storage: Storage) -> None:
        storage.create_search(SEARCH)
        with pytest.raises(
            SearchExistsError, match=r"search 'cifar-a' exists in .*; use --resume or another --name"
        ):
            storage.create_search(SEARCH)
        assert len(storage.searches()) == 1

    def test_unknown_name_suggests_the_nearest(self, storage: Storage) -> None:
        with pytest.raises(UnknownSearchError, match="no searches yet"):
            storage.search("cifar-b")
        storage.create_search(SEARCH)
        with pytest.raises(UnknownSearchError, match="Did you mean 'cifar-a'"):
            storage.search("cifar-b")

    @pytest.mark.parametrize("name", ["", "a/b", "-a", ".a", "a\n", "a\0", "ü", "a" * 81])
    def test_names_that_are_none(self, storage: Storage, name: str) -> None:
        with pytest.raises(ConfigError, match="name: expected 1 to 80 letters"):
            storage.create_search(replace(SEARCH, name=name))
        assert storage.searches() == []

    @pytest.mark.parametrize(
        "change",
        [
            {"config": {"a": {"b": [math.nan]}}},
            {"config": {"a": object()}},
            {"time_budget_seconds": math.inf},
            {"seed": 2**63},
        ],
    )
    def test_values_no_database_can_hold(self, storage: Storage, change: dict[str, object]) -> None:
        with pytest.raises(StorageError, match="expected"):
            storage.create_search(replace(SEARCH, **change))
        assert storage.searches() == []


class TestTrials:
    def test_a_life(self, storage: Storage) -> None:
        search, lease = begin(storage)
        new = new_trial(4)
        (waiting,) = storage.add_trials(lease, [new])
        assert (waiting.architecture, waiting.canonical_key, waiting.seed) == (
            new.proposal.architecture,
            new.canonical_key,
            new.seed,
        )
        assert (waiting.log_probability, waiting.policy_version) == (-1 / 3, 4)
        assert waiting.decision_log_probabilities == new.proposal.decision_log_probabilities
        assert waiting.parent is None
        assert (waiting.state, waiting.number, waiting.attempts) == (TrialState.WAITING, 0, 0)
        running = storage.start_trial(lease, waiting.trial_id, "token")
        assert running == storage.trial(search.search_id, 0)
        assert running == replace(
            waiting, state=TrialState.RUNNING, attempts=1, token="token", started_at=running.started_at
        )
        done = storage.finish_trial(lease, waiting.trial_id, completed(running), 0.1 + 0.2)
        assert done == replace(
            running,
            token="",
            state=TrialState.COMPLETED,
            reward=0.1 + 0.2,
            validation_accuracy=0.9,
            validation_loss=1 / 3,
            parameters=1_000,
            multiply_adds=2**40,
            train_seconds=1.5,
            curve=CURVE,
            worker="host7:42:cpu",
            finished_at=done.finished_at,
        )
        event = storage.record_tell(lease, [done.trial_id], Feedback((0.7,), (UPDATE,)))
        told = storage.trial(search.search_id, 0)
        assert told == replace(done, told_event=event, baseline=0.7)
        assert storage.trials(search.search_id) == [told]
        assert storage.updates(search.search_id) == [UPDATE]
        assert told.created_at <= (told.started_at or 0) <= (told.finished_at or 0) <= time.time()

    def test_numbers_and_events_have_no_gaps(self, storage: Storage) -> None:
        search, lease = begin(storage)
        first = storage.add_trials(lease, [new_trial(0), new_trial(1)])
        second = storage.add_trials(lease, [new_trial(2)])
        assert [(trial.number, trial.asked_event) for trial in first + second] == [(0, 1), (1, 1), (2, 2)]
        storage.finish_trial(lease, first[1].trial_id, completed(start(storage, lease, first[1])), 0.9)
        assert storage.record_tell(lease, [first[1].trial_id], Feedback((None,))) == 3
        assert storage.trial(search.search_id, 1).told_event == 3
        assert storage.trial(search.search_id, 0).told_event is None
        assert (storage.search(search.name).event, storage.search(search.name).created) == (3, 3)

    def test_searches_do_not_mix(self, storage: Storage) -> None:
        search_a, lease_a = begin(storage, "a")
        search_b, lease_b = begin(storage, "b")
        trial_a = run_trial(storage, lease_a, 0.5)
        trial_b = run_trial(storage, lease_b, 0.6)
        assert (trial_a.number, trial_b.number) == (0, 0)
        assert storage.trials(search_a.search_id) == [trial_a]
        assert storage.leaderboard(search_b.search_id, 9) == [trial_b]
        with pytest.raises(
            UnknownSearchError, match=f"trial with id {trial_b.trial_id} is not one of search"
        ):
            storage.start_trial(lease_a, trial_b.trial_id, "token")
        with pytest.raises(UnknownSearchError, match="is not one of search"):
            storage.finish_trial(lease_a, 10**6, completed(trial_a), 0.5)

    def test_objectives_repeat_and_latency_come_back_exactly(self, storage: Storage) -> None:
        search, lease = begin(storage)
        new = replace(new_trial(), proposal=replace(new_trial().proposal, repeat=3))
        (trial,) = storage.add_trials(lease, [new])
        assert (trial.repeat, trial.objectives, trial.values) == (3, (), ())
        trial = start(storage, lease, trial)
        outcome = replace(completed(trial), latency_ms=1 / 7)
        with pytest.raises(StorageError, match=r"expected its reward, 0\.5, as the first of its objectives"):
            storage.finish_trial(lease, trial.trial_id, outcome, 0.5, (0.25, -1.0))
        with pytest.raises(StorageError, match="finite"):
            storage.finish_trial(lease, trial.trial_id, outcome, 0.5, (0.5, math.nan))
        values = (0.1 + 0.2, -1e15, -1 / 3)
        done = storage.finish_trial(lease, trial.trial_id, outcome, values[0], values)
        assert (done.repeat, done.reward, done.objectives, done.latency_ms) == (3, values[0], values, 1 / 7)
        assert storage.trial(search.search_id, 0) == done

    def test_real_numbers_that_are_whole_stay_real(self, storage: Storage) -> None:
        """What is returned and what is read again must not differ by a ".0" in the state of a strategy."""
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        outcome = replace(completed(trial, 1.0), validation_loss=0.0, train_seconds=3.0, latency_ms=2.0)
        done = storage.finish_trial(lease, trial.trial_id, outcome, 1.0)
        assert repr(done) == repr(storage.trial(search.search_id, 0))
        assert "reward=1.0" in repr(done)

    def test_failures_are_counted_by_kind(self, storage: Storage) -> None:
        search, lease = begin(storage)
        kinds = (FailureKind.OVER_LIMIT, FailureKind.DIVERGED, FailureKind.OVER_LIMIT)
        for kind in kinds:
            trial = begin_trial(storage, lease)
            outcome = replace(failed(trial, kind), latency_ms=2.5)
            assert storage.finish_trial(lease, trial.trial_id, outcome, None).latency_ms == 2.5
        run_trial(storage, lease, 0.5)
        other, _ = begin(storage, "other")
        assert storage.failures(search.search_id) == {FailureKind.DIVERGED: 1, FailureKind.OVER_LIMIT: 2}
        assert storage.failures(other.search_id) == {}

    def test_a_failure_keeps_its_reason(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        outcome = Outcome(
            trial.trial_id,
            validation_loss=math.inf,
            token=trial.token,
            curve=(CURVE[0], EpochMetrics(2, math.nan, math.inf, 0.1, 1.0)),
            failure=FailureKind.DIVERGED,
            error_text="a\0\ud800" + "x" * 9_000 + "\0end",
        )
        done = storage.finish_trial(lease, trial.trial_id, outcome, None)
        assert (done.state, done.failure, done.reward) == (TrialState.FAILED, FailureKind.DIVERGED, None)
        assert (done.curve, done.validation_loss) == (CURVE[:1], None)
        assert done.error_text.endswith("x\\x00end")
        assert done == storage.trial(search.search_id, 0)

    def test_worker_lost_and_search_stopped(self, storage: Storage) -> None:
        search, lease = begin(storage)
        (trial,) = storage.add_trials(lease, [new_trial()])
        for failure in (FailureKind.WORKER_LOST, FailureKind.CANCELLED, FailureKind.NODE_LOST):
            trial = start(storage, lease, trial)
            trial = storage.requeue_trial(lease, trial.trial_id, failure)
        trial = start(storage, lease, trial)
        storage.requeue_trial(lease, trial.trial_id, FailureKind.OUT_OF_MEMORY)
        again = storage.trial(search.search_id, 0)
        assert (again.state, again.attempts, again.token) == (TrialState.WAITING, 4, "")
        assert (again.infrastructure_failures, again.own_failures) == (2, 1)
        assert again.started_at is None

    def test_what_the_state_forbids(self, storage: Storage) -> None:
        search, lease = begin(storage)
        done = run_trial(storage, lease, 0.5)
        storage.record_tell(lease, [done.trial_id], Feedback((0.1,)))
        (waiting,) = storage.add_trials(lease, [new_trial(1)])
        before = (storage.search(search.name), storage.trials(search.search_id))
        tell = Feedback((0.2,), (UPDATE,))
        for attempt, message in [
            (
                lambda: start(storage, lease, done),
                "0 is COMPLETED and told and cannot be started",
            ),
            (lambda: storage.finish_trial(lease, done.trial_id, completed(done), 0.9), "cannot be finished"),
            (lambda: storage.finish_trial(lease, done.trial_id, failed(done), None), "cannot be finished"),
            (lambda: storage.requeue_trial(lease, done.trial_id, FailureKind.WORKER_LOST), "put back"),
            (
                lambda: storage.record_tell(lease, [done.trial_id], tell),
                "0 is COMPLETED and told and cannot be told",
            ),
            (lambda: storage.record_tell(lease, [waiting.trial_id], tell), "1 is WAITING and cannot be told"),
            (lambda: storage.finish_trial(lease, waiting.trial_id, completed(waiting), 0.9), "WAITING"),
            (lambda: storage.requeue_trial(lease, waiting.trial_id, FailureKind.CANCELLED), "WAITING"),
        ]:
            with pytest.raises(TrialStateError, match=message):
                attempt()
        assert (storage.search(search.name), storage.trials(search.search_id)) == before
        assert storage.updates(search.search_id) == []

    @pytest.mark.parametrize("number", [math.nan, math.inf])
    def test_numbers_that_are_not_finite(self, storage: Storage, number: float) -> None:
        search, lease = begin(storage)
        trial = begin_trial(storage, lease)
        with pytest.raises(StorageError, match="finite"):
            storage.finish_trial(lease, trial.trial_id, completed(trial), number)
        outcome = completed(trial)
        object.__setattr__(outcome, "curve", (EpochMetrics(1, number, 0.1, 0.1, 0.1),))  # as no worker could
        with pytest.raises(StorageError, match="finite"):
            storage.finish_trial(lease, trial.trial_id, outcome, 0.9)
        with pytest.raises(StorageError, match="finite"):
            storage.add_trials(
                lease, [new_trial(1), NewTrial(Proposal(Architecture("cell", (1,)), number), "k", 1)]
            )
        done = storage.finish_trial(lease, trial.trial_id, completed(trial), 0.9)
        with pytest.raises(StorageError, match="finite"):
            storage.record_tell(lease, [trial.trial_id], Feedback((number,)))
        with pytest.raises(StorageError, match="finite"):
            storage.record_tell(
                lease, [trial.trial_id], Feedback((0.1,), (replace(UPDATE, scores=(number,)),))
            )
        assert storage.trials(search.search_id) == [done]
        assert (storage.search(search.name).event, storage.search(search.name).completed) == (1, 1)

    def test_either_a_reward_or_a_failure(self, storage: Storage) -> None:
        _, lease = begin(storage)
        trial = begin_trial(storage, lease)
        for outcome, reward in ((completed(trial), None), (failed(trial), 0.5)):
            with pytest.raises(StorageError, match="expected either a reward or a failure"):
                storage.finish_trial(lease, trial.trial_id, outcome, reward)

    def test_pages(self, storage: Storage) -> None:
        search, lease = begin(storage)
        storage.add_trials(lease, [new_trial(number) for number in range(7)])

        def numbers(**page: int) -> list[int]:
            return [trial.number for trial in storage.trials(search.search_id, **page)]

        assert numbers() == list(range(7))
        assert numbers(after=3) == [4, 5, 6]
        assert numbers(after=1, limit=2) == [2, 3]
        assert numbers(after=6) == numbers(limit=0) == []

    def test_numbers_before_the_first(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trials = storage.add_trials(lease, [new_trial(number) for number in range(4)])
        assert storage.trials(search.search_id, after=-3) == trials

    def test_unknown_number(self, storage: Storage) -> None:
        search, lease = begin(storage)
        with pytest.raises(UnknownSearchError, match="it has no trials yet, got 0"):
            storage.trial(search.search_id, 0)
        storage.add_trials(lease, [new_trial()])
        for number in (-1, 1, 2**40):
            with pytest.raises(
                UnknownSearchError, match=f"search 'cifar-a': expected a number from 0 to 0, got {number}"
            ):
                storage.trial(search.search_id, number)
        with pytest.raises(UnknownSearchError, match="id 99"):
            storage.trial(99, 0)


class TestRanking:
    def test_best_first_and_the_earlier_of_equals(self, storage: Storage) -> None:
        search, lease = begin(storage)
        trials = storage.add_trials(lease, [new_trial(number) for number in range(6)])
        trials = [start(storage, lease, trial) for trial in trials]
        best = []
        for number, reward in ((3, 0.7), (1, -0.5), (4, 0.9), (2, 0.9), (0, None), (5, 0.9)):
            outcome = completed(trials[number]) if reward is not None else failed(trials[number])
            storage.finish_trial(lease, trials[number].trial_id, outcome, reward)
            best.append(storage.search(search.name).best_number)
        assert best == [3, 3, 4, 2, 2, 2]
        assert [trial.number for trial in storage.leaderboard(search.search_id, 10)] == [2, 4, 5, 3, 1]
        assert [trial.number for trial in storage.leaderboard(search.search_id, 2)] == [2, 4]
        record = storage.search(search.name)
        assert (record.created, record.completed, record.failed) == (6, 5, 1)


class TestCheckpoints:
    def test_the_newest_of_three(self, storage: Storage) -> None:
        search, lease = begin(storage)
        assert storage.latest_checkpoint(search.search_id) is None
        for number in range(5):
            live(storage, lease, number)
            storage.save_checkpoint(lease, b"never read")
            storage.save_checkpoint(lease, bytes([0, 255, number]))
        newest = storage.latest_checkpoint(search.search_id)
        assert newest is not None
        assert (newest.event, newest.state) == (10, bytes([0, 255, 4]))


class TestAfterTheSearch:
    def test_trainings(self, storage: Storage) -> None:
        search, lease = begin(storage)
        run_trial(storage, lease, 0.5)
        storage.release(lease, SearchState.COMPLETED)
        storage.save_training(search.search_id, TRAINING)
        storage.save_training(search.search_id, replace(TRAINING, seed=6))
        newest, oldest = storage.trainings(search.search_id, weights=True)
        assert oldest == replace(TRAINING, created_at=oldest.created_at)
        assert newest.seed == 6
        assert time.time() - 60 < oldest.created_at <= newest.created_at <= time.time()
        assert storage.trainings(search.search_id) == [
            replace(newest, weights=b""),
            replace(oldest, weights=b""),
        ]
        with pytest.raises(UnknownSearchError, match="got 1"):
            storage.save_training(search.search_id, replace(TRAINING, number=1))
        with pytest.raises(StorageError, match=r"train_seconds: expected a finite number"):
            storage.save_training(search.search_id, replace(TRAINING, train_seconds=math.nan))

    def test_exports(self, storage: Storage) -> None:
        search, lease = begin(storage)
        run_trial(storage, lease, 0.5)
        storage.save_export(search.search_id, EXPORT)
        storage.save_export(search.search_id, replace(EXPORT, directory="second"))
        second, first = storage.exports(search.search_id)
        assert (second.directory, first.number) == ("second", 0)
        assert first.directory == "/home/me/out\\udcff"  # a name that is not UTF-8 is kept readable
        with pytest.raises(UnknownSearchError, match="got 3"):
            storage.save_export(search.search_id, replace(EXPORT, number=3))
