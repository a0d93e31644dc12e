"""What holds of every strategy, alone and wrapped: asked, told, saved, restored, replayed."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from nas.errors import StorageError
from nas.strategies.base import Strategy
from nas.strategies.deduplicated import Deduplicated
from nas.strategies.limited import Limited
from nas.strategies.registry import build_strategy, strategy_names
from search_spaces.architecture import Architecture
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.driver import Driver
from workers.job import FailureKind

SPACE = ToySpace()
Build = Callable[[int], Strategy]


def is_feasible(architecture: Architecture) -> bool:
    return sum(architecture.tokens) >= 2


def measure(architecture: Architecture) -> float | FailureKind:
    """An accuracy, but every kind of failure for some architectures."""
    number = sum(token << position for position, token in enumerate(architecture.tokens))
    kinds = list(FailureKind)
    return kinds[number % 5] if number % 4 == 0 else (number * 37 % 101) / 101


def plain(name: str) -> Build:
    return lambda seed: build_strategy(name, SPACE, seed)


def deduplicated(inner: Build) -> Build:
    return lambda seed: Deduplicated(inner(seed), SPACE.canonical_key)


def limited(inner: Build) -> Build:
    return lambda seed: Limited(inner(seed), is_feasible)


BUILDS: dict[str, Build] = {
    label: build
    for name in strategy_names()
    for label, build in {
        name: plain(name),
        f"deduplicated {name}": deduplicated(plain(name)),
        f"limited {name}": limited(plain(name)),
        f"deduplicated limited {name}": deduplicated(limited(plain(name))),
        f"limited deduplicated {name}": limited(deduplicated(plain(name))),
    }.items()
}


@pytest.fixture(params=BUILDS.values(), ids=BUILDS.keys())
def build(request: pytest.FixtureRequest) -> Build:
    built: Build = request.param
    return built


def driver(strategy: Strategy) -> Driver:
    return Driver(strategy, SPACE, measure)


class TestContract:
    def test_ask_returns_as_many_valid_proposals_as_asked(self, build: Build) -> None:
        strategy = build(0)
        for count in (0, 1, 5):
            proposals = strategy.ask(count)
            assert len(proposals) == count
            for proposal in proposals:
                SPACE.validate(proposal.architecture)

    def test_same_seed_and_calls_give_same_answers(self, build: Build) -> None:
        one, two = driver(build(3)), driver(build(3))
        for each in (one, two):
            each.rounds(6, batch=5)
        assert one.trials == two.trials
        assert one.updates == two.updates
        assert one.strategy.save() == two.strategy.save()

    def test_feedback_has_one_baseline_for_each_trial_told(self, build: Build) -> None:
        told = driver(build(0))
        told.ask(7)
        assert len(told.tell([3, 0, 6]).baselines) == 3
        assert len(told.tell([1]).baselines) == 1
        assert told.tell([]).baselines == ()

    def test_results_may_come_in_any_order_while_others_run(self, build: Build) -> None:
        late = driver(build(1))
        late.ask(4)
        late.tell([2])
        late.ask(2)
        late.tell([5, 0])
        late.tell([4])
        late.tell([3, 1])
        assert all(trial.state.is_final for trial in late.trials)
        assert len(late.ask(3)) == 3

    def test_every_child_may_fail(self, build: Build) -> None:
        failing = Driver(build(0), SPACE, lambda _: FailureKind.ERROR)
        failing.rounds(5, batch=3)
        assert len(failing.trials) == 15

    @pytest.mark.parametrize("rounds", [0, 1, 5])
    def test_restored_goes_on_as_if_never_stopped(self, build: Build, rounds: int) -> None:
        live = driver(build(2))
        live.rounds(rounds, batch=3)
        live.ask(2)  # these are in work when the state is saved
        fresh = build(99)
        fresh.restore(live.strategy.save(), list(live.trials))
        resumed = driver(fresh)
        resumed.event, resumed.trials = live.event, list(live.trials)

        in_work = [trial.number for trial in live.trials[-2:]]
        for each in (live, resumed):
            each.tell(in_work)
            each.rounds(4, batch=3)
        assert resumed.trials == live.trials
        assert resumed.strategy.save() == live.strategy.save()

    def test_saving_changes_nothing(self, build: Build) -> None:
        saved, unsaved = driver(build(4)), driver(build(4))
        for _ in range(4):
            saved.rounds(1, batch=2)
            unsaved.rounds(1, batch=2)
            assert saved.strategy.save() == saved.strategy.save()
        assert saved.trials == unsaved.trials

    def test_replaying_asks_and_tells_gives_the_same_state(self, build: Build) -> None:
        live = driver(build(5))
        live.ask(3)
        live.tell([1])
        live.ask(2)
        live.tell([4, 0])
        replayed = build(5)
        by_event: dict[int, list[int]] = {}
        for trial in live.trials:
            by_event.setdefault(trial.asked_event, []).append(trial.number)
        replayed.ask(len(by_event[1]))
        replayed.tell([live.trials[1]], [])
        replayed.ask(len(by_event[3]))
        replayed.tell([live.trials[4], live.trials[0]], [])
        assert replayed.save() == live.strategy.save()

    def test_state_that_is_none_is_refused(self, build: Build) -> None:
        with pytest.raises(StorageError, match="expected what its `save` returned, got 5 other bytes"):
            build(0).restore(b"\x80\x04N.\n", [])

    def test_state_of_another_strategy_is_refused(self, build: Build) -> None:
        states = [build_strategy(name, SPACE, 0).save() for name in strategy_names()]
        own = build(0).save()
        foreign = [state for state in states if state != own]
        assert len(foreign) == len(states) - 1
        for state in foreign:
            with pytest.raises(StorageError, match=r"expected its own, got one of '(reinforce|random|grid)'"):
                build(0).restore(state, [])


@pytest.mark.parametrize("label", [label for label in BUILDS if label not in ("reinforce", "random", "grid")])
def test_asking_a_wrapper_for_several_is_asking_several_times(label: str) -> None:
    together, apart = BUILDS[label](6), BUILDS[label](6)
    assert together.ask(9) == [proposal for _ in range(9) for proposal in apart.ask(1)]


@pytest.mark.parametrize("name", ["reinforce", "random"])
def test_seeds_differ(name: str) -> None:
    batches = [[proposal.architecture for proposal in plain(name)(seed).ask(20)] for seed in range(4)]
    assert all(one != two for one, two in pairwise(batches))
