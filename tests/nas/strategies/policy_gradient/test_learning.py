"""Policy gradients find better architectures than random search, by more than chance: the one claim that matters."""

from math import sqrt
from statistics import fmean, stdev

import pytest

from nas.strategies.base import Strategy
from nas.strategies.deduplicated import Deduplicated
from nas.strategies.policy_gradient.presets import PRESETS
from nas.strategies.policy_gradient.strategy import PolicyGradient
from nas.strategies.random import RandomSearch
from search_spaces.spaces.cell import CellSpace
from tests.nas.strategies.driver import Driver
from tests.nas.strategies.landscape import landscape

SPACE = CellSpace.from_settings(
    blocks=2, operations="conv_3x3,max_pool_3x3,identity,sep_conv_3x3,sep_conv_5x5"
)
SEEDS = range(4)
TRIALS, WORKERS = 152, 8


def search(strategy: Strategy, seed: int) -> Driver:
    driver = Driver(Deduplicated(strategy, str), SPACE, landscape(SPACE, seed))
    driver.rounds(TRIALS // WORKERS, WORKERS)
    return driver


@pytest.fixture(scope="module")
def drawn() -> list[Driver]:
    return [search(RandomSearch(SPACE, seed), seed) for seed in SEEDS]


@pytest.mark.parametrize("name", ["reinforce", "ppo"])
def test_the_policy_learns_where_random_search_does_not(name: str, drawn: list[Driver]) -> None:
    learnt = [search(PolicyGradient(SPACE, seed, PRESETS[name]["improved"]), seed) for seed in SEEDS]
    gains = [one.best - other.best for one, other in zip(learnt, drawn, strict=True)]
    standard_error = stdev(gains) / sqrt(len(gains))
    assert fmean(gains) > 0.08 + 3 * standard_error

    entropies = [[update.entropy for update in driver.updates] for driver in learnt]
    assert all(course[-1] < course[0] for course in entropies)
    last = [fmean(trial.reward or 0.0 for trial in driver.trials[-24:]) for driver in learnt]
    first = [fmean(trial.reward or 0.0 for trial in driver.trials[:24]) for driver in learnt]
    assert all(late > early + 0.1 for late, early in zip(last, first, strict=True))
