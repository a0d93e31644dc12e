"""Local search: one decision of the best at a time, a new start at the top of a hill, nothing lost that comes late."""

from nas.strategies.deduplicated import Deduplicated
from nas.strategies.local import LocalSearch
from search_spaces.architecture import Architecture
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.driver import Driver
from workers.job import FailureKind

SPACE = ToySpace()


def ones(architecture: Architecture) -> float:
    """A hill with one top."""
    return sum(architecture.tokens) / 8


def distance(one: Architecture, other: Architecture) -> int:
    return sum(a != b for a, b in zip(one.tokens, other.tokens, strict=True))


def search(seed: int, measure: object = ones) -> Driver:
    return Driver(Deduplicated(LocalSearch(SPACE, seed), str), SPACE, measure)  # type: ignore[arg-type]


def test_each_proposal_is_a_neighbour_of_the_best_so_far() -> None:
    for seed in range(5):
        driver = search(seed)
        while not driver.trials or driver.best < 1:
            known = list(driver.trials)
            (asked,) = driver.ask(1)
            if known:
                best = max(known, key=lambda trial: trial.reward or 0.0)
                assert distance(asked.architecture, best.architecture) == 1
            assert asked.parent == (best.number if known else None)
            driver.tell([asked.number])
        assert len(driver.trials) < 60  # of 256; a hill of height 8 with 8 neighbours a step


def test_at_the_top_a_new_climb_begins_anywhere() -> None:
    driver = search(1)
    while not driver.trials or driver.best < 1:
        driver.rounds(1, 1)
    top = max(driver.trials, key=lambda trial: trial.reward or 0.0).architecture
    while any(one not in {trial.architecture for trial in driver.trials} for one in SPACE.neighbours(top)):
        driver.rounds(1, 1)
    (start,) = driver.ask(1)
    driver.tell([start.number])
    (second,) = driver.ask(1)
    assert distance(start.architecture, top) > 1
    assert distance(second.architecture, start.architecture) == 1
    assert (start.parent, second.parent) == (None, start.number)


def test_a_late_result_takes_an_ended_climb_up_again() -> None:
    values = {SPACE.architecture([0] * 8): 0.5}
    driver = search(3, lambda architecture: values.get(architecture, 0.1))
    origin = driver.ask(1)[0]
    values[origin.architecture] = 0.5
    driver.tell([origin.number])
    around = driver.ask(8)  # all neighbours of the only result
    late = around.pop()
    values[late.architecture] = 0.9
    driver.tell([trial.number for trial in around])
    (elsewhere,) = driver.ask(1)
    assert distance(elsewhere.architecture, origin.architecture) > 1
    driver.tell([late.number])
    (onwards,) = driver.ask(1)
    assert distance(onwards.architecture, late.architecture) == 1
    assert onwards.parent == late.number


def test_no_climb_goes_on_from_a_failure() -> None:
    driver = search(0, lambda _: FailureKind.ERROR)
    driver.rounds(10, 1)
    steps = [
        distance(a.architecture, b.architecture)
        for a, b in zip(driver.trials, driver.trials[1:], strict=False)
    ]
    assert max(steps) > 1


def test_a_climb_goes_on_from_trials_that_nobody_here_proposed() -> None:
    """As after a replay that went another way: one that was told then, and one still in work that is told later."""
    other, fresh = search(8), LocalSearch(SPACE, 9)
    first, late = (trial.number for trial in other.ask(2))
    other.tell([first])
    fresh.tell([other.trials[first]], [other.trials[late]])
    fresh.restore(fresh.save(), other.trials)
    (onwards,) = fresh.ask(1)
    assert distance(onwards.architecture, other.trials[first].architecture) == 1
    other.measure = lambda _: 2.0
    other.tell([late])
    fresh.tell([other.trials[late]], [])
    (onwards,) = fresh.ask(1)
    assert distance(onwards.architecture, other.trials[late].architecture) == 1
