"""Landscapes: the optimum is one, noise and failures are as declared, and a seed says all."""

import math
import pickle
from itertools import pairwise
from random import Random
from statistics import fmean, median, stdev

import pytest

from nas.bench.landscape import (
    FAILED_SHARE,
    NOISE,
    VALUE_RANGE,
    Landscape,
    Landscapes,
    option_counts,
)
from nas.bench.refusals import BenchmarkError
from search_spaces.errors import SpaceError


def drawn(landscape, count, seed=0):
    rng = Random(seed)
    return [landscape.space.random(rng) for _ in range(count)]


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_in_the_whole_space_is_better_than_the_optimum(seed):
    landscape = Landscape(5, seed)
    scores = {architecture: landscape.score(architecture) for architecture in landscape.space.enumerate()}
    assert len(scores) == 5**5
    assert min(scores, key=scores.__getitem__) == landscape.optimum
    assert scores[landscape.optimum] == pytest.approx(0, abs=1e-12)
    working = [score for score in scores.values() if math.isfinite(score)]
    assert median(working) == pytest.approx(1, abs=0.05)
    assert 0.1 < 1 - len(working) / len(scores) < 0.35


@pytest.mark.parametrize("decisions", [20, 40])
def test_no_change_of_one_decision_improves_the_optimum_of_a_large_one(decisions):
    landscape = Landscape(decisions, 3)
    assert landscape.score(landscape.optimum) == pytest.approx(0, abs=1e-12)
    for other in landscape.space.neighbours(landscape.optimum):
        assert landscape.score(other) > 0


def test_what_fails_costs_a_part_and_says_nothing():
    landscape = Landscape(20, 0)
    architectures = drawn(landscape, 300)
    failed = [one for one in architectures if landscape.train(one).value is None]
    assert failed == [one for one in architectures if math.isinf(landscape.score(one))]
    assert 20 < len(failed) < 120
    seconds = [landscape.train(one).seconds for one in architectures]
    lasting = [landscape.train(one).seconds for one in architectures if one not in failed]
    share = fmean(landscape.train(one).seconds for one in failed) / fmean(lasting)
    assert share == pytest.approx(FAILED_SHARE, rel=0.2)
    assert max(seconds) / min(lasting) > 1.5
    assert landscape.mean_compute == pytest.approx(fmean(seconds), rel=0.1)


def test_noise_differs_between_repeats_seeds_and_architectures_and_nothing_else():
    landscape = Landscape(6, 0)
    working = [one for one in drawn(landscape, 60) if math.isfinite(landscape.score(one))]
    first = working[0]
    assert landscape.train(first, 1) == Landscape(6, 0).train(first, 1)
    repeats = [landscape.train(first, repeat).value for repeat in range(200)]
    assert len(set(repeats)) == 200
    assert stdev(repeats) == pytest.approx(VALUE_RANGE * NOISE, rel=0.2)
    noise = [landscape.train(one).value + VALUE_RANGE * landscape.score(one) - 0.95 for one in working]
    assert fmean(noise) == pytest.approx(0, abs=0.0015)


def test_each_seed_has_its_own_landscape_in_the_same_space():
    benchmark = Landscapes.parse("nk40")
    first, second = benchmark.problem(0), benchmark.problem(1)
    assert first.space == second.space
    assert first.optimum != second.optimum
    assert {len(decision.options) for decision in first.space.decisions} == {2, 3, 4, 5, 6}


def test_hidden_neighbours_are_not_side_by_side():
    landscape = Landscape(20, 0)
    places = landscape._order
    apart = [abs(a - b) for a, b in pairwise(places)]
    assert sum(distance == 1 for distance in apart) < 6


def test_a_decision_matters_more_or_less_depending_on_others():
    landscape = Landscape(6, 0)
    effects = set()
    for one in drawn(landscape, 40):
        other = next(iter(landscape.space.neighbours(one)))
        if (
            math.isfinite(landscape.score(one))
            and math.isfinite(landscape.score(other))
            and one.tokens[0] == 1
        ):
            effects.add(round(landscape.score(other) - landscape.score(one), 9))
    assert len(effects) > 1


def test_sizes():
    assert [len(option_counts(n)) for n in (4, 6, 20, 40, 100)] == [4, 6, 20, 40, 100]
    assert set(option_counts(6)) == {5}
    assert set(option_counts(20)) == {4}
    assert Landscapes.parse("nk20.parquet") is None
    for text in ("nk3", "nk101"):
        with pytest.raises(BenchmarkError, match="expected nk4 to nk100"):
            Landscapes.parse(text)


def test_it_travels_to_other_processes():
    benchmark = pickle.loads(pickle.dumps(Landscapes(20)))  # noqa: S301
    assert benchmark.problem(2).optimum == Landscapes(20).problem(2).optimum


def test_its_space_has_no_networks():
    landscape = Landscape(4, 0)
    with pytest.raises(SpaceError, match="expected a space with networks"):
        landscape.space.network(landscape.optimum, (3, 8, 8), 10)
