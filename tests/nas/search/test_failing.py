"""Children that fail, workers that are lost, late results: what is tried again, what is set aside, when it ends."""

from dataclasses import replace

import pytest

from nas.errors import SearchBusyError, SearchFailedError
from nas.search.attempts import LOSSES
from nas.search.streaks import ALIKE_FROM_THE_FIRST, FAILURES_IN_A_ROW
from nas.storage.records import SearchState
from nas.strategies.registry import build_strategy
from nas.strategies.wrapped import wrapped
from nas.trial import AttemptState, TrialState
from tests.nas.search.conftest import Harness
from workers.job import FailureKind
from workers.simulated_pool import SimulatedPool

OWN = [kind for kind in FailureKind if not kind.is_infrastructure and kind.retries == 0]

RETRIED = [
    kind for kind in FailureKind if kind.retries and kind is not FailureKind.CANCELLED
]  # no pool says that


def attempts(search: Harness, number: int) -> list[AttemptState]:
    found = search.storage.attempts(search.storage.search("s").search_id, number)
    return [attempt.state for attempt in found]


def test_a_failed_child_is_stored_with_its_reason_and_the_search_goes_on(harness):
    search = harness(trials=10, failures={3: FailureKind.DIVERGED, 5: FailureKind.TIMEOUT}).create()
    assert search.run() is SearchState.COMPLETED
    failed = {t.number: t.failure for t in search.trial_list() if t.state is TrialState.FAILED}
    assert list(failed.values()) == [FailureKind.DIVERGED, FailureKind.TIMEOUT]
    assert all(t.reward is None and t.told_event for t in search.trial_list() if t.number in failed)
    assert search.storage.search("s").failed == 2


@pytest.mark.parametrize("kind", OWN)
def test_what_is_the_childs_own_fault_is_not_tried_again(harness, kind):
    search = harness(trials=4, failures={2: kind}).create()
    search.run()
    (failed,) = [t for t in search.trial_list() if t.failure]
    assert (failed.failure, failed.attempts, failed.own_failures) == (kind, 1, 0)


@pytest.mark.parametrize("kind", RETRIED)
def test_what_may_have_been_bad_luck_is_tried_again_as_often_as_it_says(harness, kind):
    search = harness(trials=10, failures={4: kind}).create()
    search.run()
    (failed,) = [t for t in search.trial_list() if t.failure]
    assert (failed.failure, failed.attempts) == (kind, kind.retries + 1)
    counted = (failed.infrastructure_failures, failed.own_failures)
    assert counted == ((kind.retries, 0) if kind.is_infrastructure else (0, kind.retries))
    assert len(attempts(search, failed.number)) == failed.attempts
    assert search.storage.search("s").completed == 9
    notes = [event.note for event in search.events if event.kind == "requeued"]
    assert len(notes) == kind.retries
    assert all(note.startswith(f"{kind.replace('_', ' ')}: job 4 was to end") for note in notes)


class Repeating(Harness):
    """Trains each architecture three times."""

    def strategy(self):
        inner = build_strategy(self.strategy_name, self.space, 7)
        return wrapped(inner, self.space.canonical_key, repeats=3)


def test_an_architecture_that_has_ended_too_many_workers_is_set_aside():
    search = Repeating(
        trials=9, failures={4: FailureKind.WORKER_LOST}
    ).create()  # the first repeat of the second
    assert search.run() is SearchState.COMPLETED
    trials = search.trial_list()
    poisoned = [t for t in trials if t.failure]
    assert [t.number for t in poisoned] == [3, 4, 5]
    assert len({t.canonical_key for t in poisoned}) == 1
    assert all(t.failure is FailureKind.WORKER_LOST for t in poisoned)
    assert [t.attempts for t in poisoned] == [LOSSES + 1, 1, 1]
    for trial in poisoned[1:]:
        assert trial.error_text == "not trained: its architecture was in training when 6 workers were lost"
    assert {t.number for t in trials if t.state is TrialState.COMPLETED} == {0, 1, 2, 6, 7, 8}
    started = [event.trial.number for event in search.events if event.kind == "started"]
    assert started.count(3) == LOSSES + 1
    assert not {4, 5} & set(started)


def test_what_was_lost_with_an_architecture_is_known_after_a_stop():
    undisturbed = Repeating(trials=9, failures={4: FailureKind.WORKER_LOST}).create()
    undisturbed.run()
    search = Repeating(trials=9, failures={4: FailureKind.WORKER_LOST}).create()
    assert search.run(stop_after=4) is SearchState.PAUSED
    assert search.trial_list()[3].failure is FailureKind.WORKER_LOST
    assert search.run() is SearchState.COMPLETED
    story = [
        [(t.architecture, t.reward, t.failure, t.error_text) for t in s.trial_list()]
        for s in (search, undisturbed)
    ]
    assert story[0] == story[1]


def test_lost_nodes_are_not_held_against_the_architecture():
    search = Repeating(trials=9, failures={4: FailureKind.NODE_LOST}).create()
    search.run()
    assert [t.number for t in search.trial_list() if t.failure] == [3]


def test_children_that_all_fail_alike_end_the_search_early_with_the_last_reason(harness):
    lost = dict.fromkeys(range(1000), FailureKind.WORKER_LOST)
    search = harness(failures=lost).create()
    with pytest.raises(SearchFailedError, match=f"the last {ALIKE_FROM_THE_FIRST} trials failed") as raised:
        search.run()
    assert raised.value.exit_code == 4
    assert "nas search --resume s" in str(raised.value)
    record = search.storage.search("s")
    assert (record.state, record.failed) == (SearchState.FAILED, ALIKE_FROM_THE_FIRST)
    assert "trials failed" in record.error_text


def test_children_that_all_fail_in_several_ways_end_it_a_little_later(harness):
    search = harness(failures=dict.fromkeys(range(1000), FailureKind.ERROR)).create()
    with pytest.raises(SearchFailedError, match=f"the last {FAILURES_IN_A_ROW} trials failed"):
        search.run()
    record = search.storage.search("s")
    assert (record.state, record.failed) == (SearchState.FAILED, FAILURES_IN_A_ROW)


def test_failures_in_a_row_are_counted_over_a_stop_until_they_have_ended_the_search(harness):
    search = harness(failures=dict.fromkeys(range(1000), FailureKind.ERROR)).create()
    assert search.run(stop_after=FAILURES_IN_A_ROW - 3) is SearchState.PAUSED
    for failed in (FAILURES_IN_A_ROW, 2 * FAILURES_IN_A_ROW):
        with pytest.raises(SearchFailedError, match=f"the last {FAILURES_IN_A_ROW} trials failed, the last"):
            search.run()
        assert search.storage.search("s").failed == failed


class Late(SimulatedPool):
    """Gives each outcome a second time, as if of an attempt that was given up."""

    def wait(self, timeout_seconds=None):
        found = super().wait(timeout_seconds)
        return [*(replace(one, token="0" * 32, worker="late") for one in found), *found]


def test_a_late_result_is_thrown_away_and_the_search_goes_on(harness, monkeypatch):
    undisturbed = harness(trials=5).create()
    undisturbed.run()
    monkeypatch.setattr("tests.nas.search.conftest.SimulatedPool", Late)
    search = harness(trials=5).create()
    assert search.run() is SearchState.COMPLETED
    assert [t.reward for t in search.trial_list()] == [t.reward for t in undisturbed.trial_list()]
    assert [t.attempts for t in search.trial_list()] == [1] * 5
    notes = [event.note for event in search.events if event.kind == "noted"]
    assert notes == ["a late result of late is thrown away"] * 5
    fenced = [entry for entry in search.storage.events(1) if entry.kind == "fenced"]
    assert len(fenced) == 5


class Twice(SimulatedPool):
    """Hands each outcome over once more, word for word, with the next ones."""

    given = ()

    def wait(self, timeout_seconds=None):
        found = super().wait(timeout_seconds)
        again, self.given = self.given, tuple(found)
        return [*again, *found]


def test_an_outcome_that_is_handed_over_twice_counts_once(harness, monkeypatch):
    monkeypatch.setattr("tests.nas.search.conftest.SimulatedPool", Twice)
    search = harness(trials=5).create()
    assert search.run() is SearchState.COMPLETED
    assert [t.attempts for t in search.trial_list()] == [1] * 5
    notes = [event.note for event in search.events if event.kind == "noted"]
    assert notes == ["a late result of simulated is thrown away"] * 4


def test_a_search_that_was_taken_over_writes_nothing_more(harness):
    search = harness(trials=5).create()
    stolen = []

    def take_over(event):
        if event.kind == "finished" and not stolen:
            stolen.append(search.storage.acquire(1, "elsewhere:1:1", seconds=30))
            stolen.append(search.trial_list())

    with pytest.raises(SearchBusyError, match="was taken over by process 1 on elsewhere") as raised:
        search.run(watch=take_over)
    assert raised.value.exit_code == 75
    assert search.trial_list() == stolen[1]
    assert search.storage.search("s").owner == "elsewhere:1:1"
    search.storage.release(stolen[0], SearchState.PAUSED)
    assert search.run() is SearchState.COMPLETED
