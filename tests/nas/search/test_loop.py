"""The loop: budgets, failures, lost workers, stopping, and the same sequence whatever interrupts it."""

import pytest

from nas.errors import SearchBusyError
from nas.search.seeds import training_seed
from nas.storage.records import SearchState
from nas.trial import TrialState
from search_spaces.registry import build_space
from workers.job import FailureKind

SPACE = build_space("toy")


def story(harness):
    """What must not depend on interruptions: architectures, rewards, baselines, and every policy update."""
    trials = [
        (t.number, t.architecture, t.seed, t.reward, t.baseline, t.log_probability)
        for t in harness.trial_list()
    ]
    return trials, harness.updates()


@pytest.mark.parametrize("slots", [1, 3])
@pytest.mark.parametrize("strategy", ["reinforce", "random", "grid"])
def test_a_search_spends_its_budget_exactly_and_trains_nothing_twice(harness, strategy, slots):
    search = harness(strategy_name=strategy, slots=slots).create()
    assert search.run() is SearchState.COMPLETED
    trials = search.trial_list()
    assert [t.number for t in trials] == list(range(30))
    assert all(t.state is TrialState.COMPLETED and t.attempts == 1 for t in trials)
    assert len({t.canonical_key for t in trials}) == 30
    record = search.storage.search("s")
    assert (record.created, record.completed, record.failed) == (30, 30, 0)
    assert record.best_number == max(trials, key=lambda t: (t.reward, -t.number)).number


def test_everything_is_told_once_in_the_order_of_events(harness):
    search = harness(slots=3).create()
    search.run()
    trials = search.trial_list()
    told = [t.told_event for t in trials]
    events = sorted(set(told) | {t.asked_event for t in trials})
    assert len(set(told)) == 30
    assert all(t.asked_event < t.told_event for t in trials)
    assert events == list(range(1, search.storage.search("s").event + 1))


def test_every_update_can_be_traced_to_its_trials(harness):
    search = harness(slots=2).create()
    search.run()
    trials, updates = search.trial_list(), search.updates()
    assert [u.version for u in updates] == list(range(1, len(updates) + 1))
    learnt = [number for u in updates for number in u.trials]
    assert len(learnt) == len(set(learnt)) >= 24
    for update in updates:
        for i, number in enumerate(update.trials):
            assert update.old_log_probabilities[i] == trials[number].log_probability
            assert update.baselines[i] == trials[number].baseline
            assert trials[number].policy_version < update.version


@pytest.mark.parametrize("stop_after", [1, 2, 5, 19, 20, 21, 29])
def test_stopped_and_resumed_tells_the_same_story_as_undisturbed(harness, stop_after):
    undisturbed = harness().create()
    undisturbed.run()
    stopped = harness().create()
    assert stopped.run(stop_after=stop_after) is SearchState.PAUSED
    assert stopped.storage.search("s").completed == stop_after
    assert stopped.run() is SearchState.COMPLETED
    assert story(stopped) == story(undisturbed)


class Killed(BaseException):
    """Stands for the end of the process: nothing may be written any more."""


class DyingStorage:
    """Passes every call on, until the n-th write, after or before which the process is gone."""

    WRITES = (
        "add_trials",
        "start_trial",
        "finish_trial",
        "requeue_trial",
        "record_progress",
        "record_tell",
        "save_checkpoint",
        "answer_command",
        "release",
    )

    def __init__(self, storage, dies_at, *, before):
        self._storage, self._left, self._before, self.dead = storage, dies_at, before, False

    def __getattr__(self, name):
        method = getattr(self._storage, name)
        if name not in self.WRITES:
            return method

        def write(*args, **kwargs):
            self._left -= 1
            if self.dead or (self._left == 0 and self._before):
                self.dead = True
                raise Killed
            result = method(*args, **kwargs)
            if self._left == 0:
                self.dead = True
                raise Killed
            return result

        return write


@pytest.mark.parametrize("before", [True, False], ids=["before-commit", "after-commit"])
def test_killed_at_every_single_write_and_resumed_tells_the_same_story(harness, before):
    undisturbed = harness(trials=10).create()
    undisturbed.run()
    kills = 0
    while True:
        search = harness(trials=10).create()
        inner = search.storage
        search.storage = DyingStorage(inner, kills + 1, before=before)
        try:
            search.run()
        except Killed:
            kills += 1
        else:
            break
        search.storage = inner
        assert search.run() is SearchState.COMPLETED
        assert story(search) == story(undisturbed), f"killed at write {kills}"
        assert all(t.state is TrialState.COMPLETED for t in search.trial_list())
    assert kills > 40


def test_a_strategy_that_answers_otherwise_when_resumed_trains_nothing_twice(harness):
    search = harness(strategy_name="grid", trials=None, seconds=1e6).create()
    inner = search.storage
    search.storage = DyingStorage(inner, 50, before=True)
    with pytest.raises(Killed):
        search.run()
    assert inner.latest_checkpoint(inner.search("s").search_id) is None
    search.storage, search.strategy_name = inner, "random"
    assert search.run() is SearchState.COMPLETED
    keys = [t.canonical_key for t in search.trial_list()]
    assert len(set(keys)) == len(keys) > 30
    assert "would now be proposed differently" in next(e.note for e in search.events if e.kind == "resumed")


def test_an_exhausted_space_ends_the_search_cleanly(harness):
    search = harness(strategy_name="grid", trials=None, seconds=1e6, slots=4).create()
    assert search.run() is SearchState.COMPLETED
    different = {search.space.canonical_key(a) for a in search.space.enumerate()}
    assert {t.canonical_key for t in search.trial_list()} == different
    assert "no more architectures" in search.events[-1].note


def test_no_trial_is_started_after_the_time_is_over(harness):
    search = harness(trials=None, seconds=1e-9).create()
    assert search.run() is SearchState.COMPLETED
    assert search.trial_list() == []


def test_two_drivers_cannot_drive_one_search(harness):
    search = harness().create()
    lease = search.storage.acquire(search.storage.search("s").search_id, "elsewhere:1:1", seconds=30)
    with pytest.raises(SearchBusyError, match="elsewhere"):
        search.run()
    search.storage.release(lease, SearchState.PAUSED)
    assert search.run() is SearchState.COMPLETED


def test_progress_counts_what_happened(harness):
    search = harness(trials=6, slots=2, failures={2: FailureKind.ERROR}).create()
    search.run()
    last = search.events[-1].progress
    assert (last.completed, last.failed, last.finished, last.running) == (5, 1, 6, 0)
    assert last.best.reward == max(t.reward for t in search.trial_list() if t.reward is not None)
    assert max(event.progress.running for event in search.events) == 2


def test_the_seed_of_a_training_depends_on_search_and_function_only():
    assert training_seed(0, "a") == training_seed(0, "a")
    assert len({training_seed(s, k) for s in range(3) for k in "abc"}) == 9
    assert all(0 <= training_seed(s, "k") < 2**31 for s in range(100))
