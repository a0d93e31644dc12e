"""REINFORCE finds better architectures than random search, by more than chance: the one claim that matters."""

from math import sqrt
from statistics import fmean, stdev

from nas.strategies.deduplicated import Deduplicated
from nas.strategies.registry import build_strategy
from search_spaces.spaces.cell import CellSpace
from tests.nas.strategies.driver import Driver
from tests.nas.strategies.landscape import landscape

SPACE = CellSpace.from_settings(
    blocks=2, operations="conv_3x3,max_pool_3x3,identity,sep_conv_3x3,sep_conv_5x5"
)
SEEDS = range(10)
TRIALS, WORKERS = 152, 8


def search(name: str, seed: int) -> Driver:
    strategy = Deduplicated(build_strategy(name, SPACE, seed), str)
    driver = Driver(strategy, SPACE, landscape(SPACE, seed))
    driver.rounds(TRIALS // WORKERS, WORKERS)
    return driver


def test_the_policy_learns_where_random_search_does_not() -> None:
    learnt = [search("reinforce", seed) for seed in SEEDS]
    drawn = [search("random", seed) for seed in SEEDS]
    gains = [one.best - other.best for one, other in zip(learnt, drawn, strict=True)]
    standard_error = stdev(gains) / sqrt(len(gains))
    assert fmean(gains) > 0.08 + 3 * standard_error  # measured: 0.18 with a standard error of 0.01

    entropies = [[update.entropy for update in driver.updates] for driver in learnt]
    assert all(course[-1] < course[0] for course in entropies)
    last = [fmean(trial.reward or 0.0 for trial in driver.trials[-24:]) for driver in learnt]
    first = [fmean(trial.reward or 0.0 for trial in driver.trials[:24]) for driver in learnt]
    assert all(late > early + 0.1 for late, early in zip(last, first, strict=True))
