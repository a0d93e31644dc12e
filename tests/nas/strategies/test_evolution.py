"""Regularised evolution as in the paper: random first, then mutants of winners; the oldest die, however good."""

from nas.strategies.evolution import PRESETS, Evolution, EvolutionSettings
from nas.strategies.graded import Graded
from nas.strategies.random import RandomSearch
from search_spaces.architecture import Architecture
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.driver import Driver

SPACE = ToySpace()


def ones(architecture: Architecture) -> float:
    return sum(architecture.tokens) / 8


def search(population: int, sample: int, seed: int = 0) -> Driver:
    return Driver(Graded(Evolution(SPACE, seed, EvolutionSettings(population, sample))), SPACE, ones)


def distance(one: Architecture, other: Architecture) -> int:
    return sum(a != b for a, b in zip(one.tokens, other.tokens, strict=True))


def test_published_constants() -> None:
    assert PRESETS["published"] == EvolutionSettings(population=100, sample=25)
    assert PRESETS["small"] == EvolutionSettings(population=30, sample=25)
    assert PRESETS["medium"] == EvolutionSettings(population=50, sample=10)


def test_the_first_population_is_random_whatever_is_told_meanwhile() -> None:
    driver = search(population=12, sample=2)
    driver.rounds(4, 3)
    expected = RandomSearch(SPACE, 0).ask(12)
    assert [trial.architecture for trial in driver.trials] == [one.architecture for one in expected]
    assert {trial.parent for trial in driver.trials} == {None}


def test_a_child_differs_from_a_living_member_in_one_decision() -> None:
    driver = search(population=6, sample=2, seed=3)
    driver.rounds(2, 3)
    order = [2, 1, 0, 5, 4, 3]  # as told
    for _ in range(20):
        alive = [driver.trials[number].architecture for number in order[-6:]]
        (child,) = driver.ask(1)
        assert 1 in [distance(child.architecture, one) for one in alive]
        assert child.parent in order[-6:]
        assert distance(child.architecture, driver.trials[child.parent].architecture) == 1
        driver.tell([child.number])
        order.append(child.number)


def test_the_best_of_a_large_sample_is_the_parent_until_it_is_the_oldest() -> None:
    driver = search(population=5, sample=200, seed=1)  # with replacement: all five are in, all but surely
    driver.rounds(1, 5)
    order = [4, 3, 2, 1, 0]
    deaths = 0
    for _ in range(30):
        alive = [driver.trials[number] for number in order[-5:]]
        highest = max(trial.reward or 0.0 for trial in alive)
        best = [trial.architecture for trial in alive if trial.reward == highest]
        (child,) = driver.ask(1)
        assert 1 in [distance(child.architecture, one) for one in best]
        assert driver.trials[child.parent or 0].reward == highest
        driver.tell([child.number])
        order.append(child.number)
        deaths += driver.best > max(driver.trials[number].reward or 0.0 for number in order[-5:])
    assert deaths > 0  # the best of all has died and is not brought back


def test_every_other_option_of_every_decision_is_a_mutation() -> None:
    driver = search(population=1, sample=1, seed=2)
    (parent,) = driver.ask(1)
    driver.tell([parent.number])
    children = {trial.architecture for trial in driver.ask(200)}
    assert children == set(SPACE.neighbours(parent.architecture))
