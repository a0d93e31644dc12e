"""Trials that somebody added, in between those of any strategy in any combination of wrappers."""

from random import Random

import pytest

from nas.search.replay import replay_events
from nas.strategies.evolution import Evolution, EvolutionSettings
from nas.strategies.local import LocalSearch
from nas.trial import Origin, Trial
from tests.nas.strategies.combinations import BUILDS, SPACE, Build, is_feasible, measure, plain
from tests.nas.strategies.driver import Driver

STEPS = 40
POLICIES = {"controller", "reinforce", "ppo", "enas", "pqt"}
BEST = max(SPACE.enumerate(), key=lambda one: sum(one.tokens))


class Days:
    """A search in which people add trials at random moments; the same seed does the same to any driver."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def pass_on(self, driver: Driver, steps: int) -> None:
        for _ in range(steps):
            self.random.choices((self.ask, self.tell, self.add, self.retry), weights=(4, 6, 2, 1))[0](driver)

    def ask(self, driver: Driver) -> None:
        if len(driver.running) < 5:
            driver.ask(self.random.randint(1, 2))

    def tell(self, driver: Driver) -> None:
        if driver.running:
            driver.tell([self.random.choice(driver.running).number])

    def add(self, driver: Driver) -> None:
        known = {trial.canonical_key for trial in driver.trials}
        candidate = SPACE.random(self.random)
        if SPACE.canonical_key(candidate) not in known and is_feasible(candidate):
            driver.add(candidate)

    def retry(self, driver: Driver) -> None:
        tried = {
            (trial.canonical_key, trial.repeat) for trial in driver.trials if trial.origin is Origin.RETRY
        }
        failed = [
            trial
            for trial in driver.trials
            if trial.failure and (trial.canonical_key, trial.repeat) not in tried
        ]
        if failed:
            again = self.random.choice(failed)
            driver.add(again.architecture, Origin.RETRY, again.repeat)


@pytest.fixture(params=BUILDS.values(), ids=BUILDS.keys())
def build(request: pytest.FixtureRequest) -> Build:
    built: Build = request.param
    return built


def added(driver: Driver) -> list[Trial]:
    return [trial for trial in driver.trials if trial.origin is not Origin.STRATEGY]


def test_restored_goes_on_as_if_never_stopped(build: Build) -> None:
    live = Driver(build(2), SPACE, measure)
    Days(0).pass_on(live, STEPS)
    for _ in range(2):
        resumed = live.moved_to(build(99))
        for each in (live, resumed):
            Days(7).pass_on(each, STEPS // 2)
        assert resumed.trials == live.trials
        assert resumed.updates == live.updates
        assert resumed.strategy.save() == live.strategy.save()
    assert added(live)


def test_replaying_all_events_gives_the_same_state(build: Build) -> None:
    live = Driver(build(5), SPACE, measure)
    Days(1).pass_on(live, STEPS)
    again = build(5)
    assert replay_events(live.trials, 0, live.event, again) == 0
    assert again.save() == live.strategy.save()
    assert [one.architecture for one in again.ask(3)] == [one.architecture for one in live.strategy.ask(3)]


@pytest.mark.parametrize("label", [label for label in BUILDS if POLICIES & set(label.split())])
def test_no_policy_learns_from_what_it_has_not_drawn(label: str) -> None:
    live = Driver(BUILDS[label](3), SPACE, measure)
    Days(2).pass_on(live, 2 * STEPS)
    assert live.updates
    learnt_from = {number for update in live.updates for number in update.trials}
    assert added(live)
    assert learnt_from.isdisjoint(trial.number for trial in added(live))


@pytest.mark.parametrize("label", [label for label in BUILDS if label.startswith(("all", "limited"))])
def test_what_was_added_is_not_proposed_again(label: str) -> None:
    live = Driver(BUILDS[label](4), SPACE, measure)
    Days(1).pass_on(live, 2 * STEPS)
    seen: set[str] = set()
    for trial in live.trials:
        if trial.repeat == 0 and trial.origin is not Origin.RETRY:
            assert trial.canonical_key not in seen, f"trial {trial.number} is tried twice"
        seen.add(trial.canonical_key)


def test_local_search_climbs_on_from_what_was_added() -> None:
    live = Driver(LocalSearch(SPACE, 0), SPACE, lambda one: sum(one.tokens) / 100)
    live.tell([trial.number for trial in live.ask(1)])
    live.tell([live.add(BEST).number])
    for trial in live.ask(4):
        changed = [a for a, b in zip(trial.architecture.tokens, BEST.tokens, strict=True) if a != b]
        assert len(changed) == 1, "not a neighbour of the best there is"


def test_evolution_breeds_from_what_was_added() -> None:
    live = Driver(Evolution(SPACE, 0, EvolutionSettings(population=2, sample=2)), SPACE, lambda _: 0.1)
    live.rounds(1, batch=2)
    for _ in range(2):
        live.tell([live.add(BEST).number])
    for trial in live.ask(4):
        assert sum(a != b for a, b in zip(trial.architecture.tokens, BEST.tokens, strict=True)) == 1


@pytest.mark.parametrize("name", ["reinforce", "ppo", "enas"])
def test_what_was_added_leaves_the_baseline_of_a_policy_as_it_is(name: str) -> None:
    one, two = (Driver(plain(name)(0), SPACE, measure) for _ in range(2))
    for each in (one, two):
        each.ask(3)
        each.tell([0])
    assert one.tell([one.add(BEST).number]).baselines == (None,)
    assert one.tell([1]).baselines == two.tell([1]).baselines
