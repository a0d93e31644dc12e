"""A search that ends as its strategy has nothing more to propose: it ends alike, however often it is taken up."""

import pytest

from nas.search.asking import Asking
from nas.storage.records import SearchState
from nas.strategies.registry import build_strategy
from nas.strategies.wrapped import wrapped
from search_spaces.registry import build_space
from tests.nas.search.conftest import SPACE, Harness
from tests.nas.search.test_loop import DyingStorage, Killed, story

FEW = build_space("toy", blocks=1)
"""Small enough to be exhausted in no time."""


class Exhausting(Harness):
    """Searches a space to what a strategy takes for its end."""

    def strategy(self):
        inner = build_strategy(self.strategy_name, self.space, 7)
        return wrapped(inner, self.space.canonical_key)


class DyingAtTheEnd(DyingStorage):
    """Is gone before the lease is given back."""

    WRITES = ("release",)


def exhausting(strategy: str, slots: int) -> Exhausting:
    return Exhausting(space=FEW, strategy_name=strategy, slots=slots, trials=200).create()


def last_state(search: Harness) -> tuple[int, bytes]:
    checkpoint = search.storage.latest_checkpoint(1)
    assert checkpoint is not None
    return checkpoint.event, checkpoint.state


@pytest.mark.parametrize(
    ("strategy", "slots"), [("random", 1), ("evolution", 3), ("reinforce", 1), ("grid", 3)]
)
def test_an_exhausted_search_that_was_killed_at_its_end_ends_as_one_that_was_not(
    strategy: str, slots: int
) -> None:
    undisturbed = exhausting(strategy, slots)
    assert undisturbed.run() is SearchState.COMPLETED
    note = undisturbed.events[-1].note
    assert note.startswith(f"space exhausted after {len(undisturbed.trial_list())} architectures: ")
    killed = exhausting(strategy, slots)
    inner = killed.storage
    killed.storage = DyingAtTheEnd(inner, 1, before=True)
    with pytest.raises(Killed):
        killed.run()
    killed.storage = inner
    assert killed.run() is SearchState.COMPLETED
    assert killed.events[-1].note == note
    assert last_state(killed) == last_state(undisturbed)
    assert story(killed) == story(undisturbed)


def test_the_last_state_is_the_one_that_the_events_lead_to() -> None:
    search = exhausting("random", 3)
    search.run()
    before = last_state(search)
    record = search.storage.search("s")
    lease = search.storage.acquire(1, "me", seconds=30)
    search.storage.extend(lease, trial_budget=300, time_budget_seconds=None)
    search.storage.release(lease, SearchState.PAUSED)
    assert search.run() is SearchState.COMPLETED
    assert search.storage.search("s").event == record.event
    assert last_state(search) == before


class Short:
    """Has two proposals where it is asked for more, and counts how often it is."""

    def __init__(self) -> None:
        self.inner = build_strategy("random", SPACE, 7)
        self.asked: list[int] = []

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def ask(self, count: int):
        self.asked.append(count)
        return self.inner.ask(count)[:2]


def test_a_batch_that_comes_back_short_is_asked_for_again_as_it_is(harness) -> None:
    search, strategy, waiting = harness().create(), Short(), {}
    asking = Asking(search.storage, search.storage.search("s"), strategy, waiting)
    proposals = asking.ask(5)
    assert strategy.asked == [5, 2]
    replayed = build_strategy("random", SPACE, 7)
    assert proposals == replayed.ask(2)
    assert strategy.save() == replayed.save()
    assert asking.ending is not None
    assert not asking.is_in_vain  # nothing is in training that it could learn from
    waiting[1] = "a trial"
    assert asking.is_in_vain
    assert len(asking.ask(1)) == 1
    assert asking.ending is None
