"""The wrappers as a search puts them on: to the last architecture, within limits, never the same twice."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.registry import build_strategy
from nas.strategies.wrapped import wrapped
from nas.trial import Feedback, Proposal, Trial
from search_spaces.architecture import Architecture
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.combinations import EARLY, NAMES, is_feasible, plain
from tests.nas.strategies.driver import Driver
from tests.nas.strategies.tiny import Tiny
from workers.job import FailureKind

SPACE = ToySpace()
FEASIBLE = {SPACE.canonical_key(one) for one in SPACE.enumerate() if is_feasible(one)}
OUTCOMES = st.one_of(st.floats(0, 1), st.sampled_from(list(FailureKind)))


def build(name: str, seed: int, *, limited: bool = False, repeats: int = 1, objectives: int = 1) -> Strategy:
    return wrapped(
        build_strategy(name, SPACE, seed, **EARLY.get(name, {})),
        SPACE.canonical_key,
        is_feasible=is_feasible if limited else None,
        repeats=repeats,
        objectives=objectives,
        space=SPACE,
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_small_space_is_proposed_to_its_last_architecture(name: str) -> None:
    space = Tiny()

    def is_allowed(architecture: Architecture) -> bool:
        return architecture.tokens[2:] != (1, 1)

    def accuracy(architecture: Architecture) -> float | FailureKind:
        return FailureKind.ERROR if architecture.tokens[3] == 3 else sum(architecture.tokens) / 10

    driver = Driver(wrapped(plain(name, space)(0), str, is_feasible=is_allowed, space=space), space, accuracy)
    while asked := driver.ask(8):
        driver.tell([trial.number for trial in reversed(asked)])
    expected = [one for one in space.enumerate() if is_allowed(one)]
    assert len(driver.trials) == len(expected) == 22
    assert {trial.architecture for trial in driver.trials} == set(expected)
    assert driver.strategy.ask(1) == []
    assert driver.strategy.ending in (
        "no more architectures were found in all of the space",
        "there are no more architectures to propose",  # of the grid
    )


def test_every_architecture_where_none_equals_another() -> None:
    strategy = wrapped(build_strategy("random", SPACE, 1), str, space=SPACE)
    assert {one.architecture for one in strategy.ask(1_000)} == set(SPACE.enumerate())
    assert strategy.ending == "no more architectures were found in all of the space"


class Off(Strategy):
    """Draws what is infeasible, for ever, and counts how often."""

    name = "off"

    def __init__(self) -> None:
        self.drawn = 0

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:
        while not accepts.gave_up:
            self.drawn += 1
            assert not accepts(SPACE.architecture((1,) * len(SPACE.decisions)))
        return []

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:
        raise NotImplementedError

    save = restore = tell  # type: ignore[assignment]


def test_a_small_space_is_looked_through_rather_than_drawn_from_for_long() -> None:
    only = SPACE.architecture((0,) * len(SPACE.decisions))
    off = Off()
    whole = wrapped(off, str, is_feasible=lambda one: one == only, space=SPACE)
    assert [one.architecture for one in whole.ask(2)] == [only]
    assert off.drawn <= 3_000


@pytest.mark.parametrize(
    "name", ["controller", "random", "local", "evolution", "reinforce", "optuna:tpe", "optuna:nsgaii"]
)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_any_order_any_failures_saved_anywhere(name: str, data: st.DataObject) -> None:
    """Whatever comes back when, nothing infeasible and nothing twice is proposed, and a restore makes no difference."""
    repeats = data.draw(st.sampled_from([1, 3]), "repeats")
    outcomes: dict[Architecture, float | FailureKind] = {}

    def outcome(architecture: Architecture) -> float | FailureKind:
        if architecture not in outcomes:
            outcomes[architecture] = data.draw(OUTCOMES, "outcome")
        return outcomes[architecture]

    live = Driver(build(name, 7, limited=True, repeats=repeats), SPACE, outcome)
    for _ in range(data.draw(st.integers(1, 5), "turns")):
        live.ask(data.draw(st.integers(0, 4), "asked"))
        numbers = [trial.number for trial in live.running]
        if numbers:
            live.tell(data.draw(st.lists(st.sampled_from(numbers), unique=True), "told"))
    resumed = live.moved_to(build(name, 1, limited=True, repeats=repeats))
    rest = [trial.number for trial in live.running]
    for each in (live, resumed):
        each.tell(rest)
        each.rounds(1, 3)
    assert live.trials == resumed.trials
    assert live.strategy.save() == resumed.strategy.save()
    counts = Counter(trial.canonical_key for trial in live.trials if trial.repeat == 0)
    assert set(counts.values()) <= {1}
    assert set(counts) <= FEASIBLE


@pytest.mark.parametrize(
    "name", ["controller", "local", "evolution", "reinforce", "optuna:tpe", "optuna:nsgaii"]
)
def test_several_objectives(name: str) -> None:
    def measure_two(architecture: Architecture) -> tuple[float, float] | FailureKind:
        total = sum(architecture.tokens) / 8
        return FailureKind.ERROR if total == 0.5 else (total, -abs(total - 0.75))

    live = Driver(build(name, 0, objectives=2), SPACE, measure_two)
    live.rounds(3, 5)
    resumed = live.moved_to(build(name, 5, objectives=2))
    for each in (live, resumed):
        each.rounds(2, 4)
    assert resumed.trials == live.trials
    assert len({trial.canonical_key for trial in live.trials}) == 23
