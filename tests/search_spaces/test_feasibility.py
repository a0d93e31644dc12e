"""Surveys and tallies against all architectures of a small space, and how they stop."""

from operator import attrgetter
from random import Random
from statistics import median_low

import pytest

from search_spaces.complexity import Cost
from search_spaces.errors import SpaceError
from search_spaces.feasibility import RARE, TALLY_SAMPLES, Limits, Tally, survey, tally
from search_spaces.registry import build_space
from search_spaces.spaces.toy import ToySpace
from tests.search_spaces.dial import Dial

IMAGE, CLASSES = (3, 16, 16), 10


def test_limits_are_kept_all_at_once():
    assert Limits(10, 20).allow(Cost(10, 20))
    assert not Limits(10, 20).allow(Cost(11, 20))
    assert not Limits(10, 20).allow(Cost(10, 21))
    assert Limits(multiply_adds=20).allow(Cost(10**9, 20))
    assert Limits().allow(Cost(10**9, 10**9))


def test_a_small_space_is_surveyed_whole():
    space = ToySpace()
    found = survey(space, IMAGE, CLASSES, 1000, Random(0))
    costs = [space.price(one, IMAGE, CLASSES) for one in space.enumerate()]
    assert found.is_complete
    assert list(found.costs) == costs
    parameters = [cost.parameters for cost in costs]
    assert found.spread(attrgetter("parameters")) == (
        min(parameters),
        median_low(parameters),
        max(parameters),
    )
    limits = Limits(median_low(parameters), 300_000)
    assert found.allowed(limits) == sum(map(limits.allow, costs))
    assert 0 < found.allowed(limits) < len(costs)


def test_a_large_space_is_sampled_and_a_seed_gives_the_same_samples():
    space = Dial()
    found = survey(space, IMAGE, CLASSES, 500, Random(3))
    rng = Random(3)
    assert found.costs == tuple(space.price(space.random(rng), IMAGE, CLASSES) for _ in range(500))
    assert not found.is_complete
    assert found.allowed(Limits(parameters=500_000)) == pytest.approx(250, abs=60)


def test_a_survey_reports_how_far_it_is():
    seen: list[tuple[int, int]] = []
    survey(Dial(), IMAGE, CLASSES, 3, Random(0), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_of_a_small_space_as_much_is_to_be_done_as_there_is():
    space = ToySpace(blocks=1, reductions=0)  # 16 architectures
    for look in (
        lambda on_progress: survey(space, IMAGE, CLASSES, 1000, Random(0), on_progress),
        lambda on_progress: tally(
            space, IMAGE, CLASSES, Limits(parameters=0), Random(0), on_progress=on_progress
        ),
    ):
        seen: list[tuple[int, int]] = []
        look(lambda done, total, seen=seen: seen.append((done, total)))
        assert seen == [(done, 16) for done in range(1, 17)]


def test_pictures_that_are_too_small_are_an_error_of_the_survey():
    with pytest.raises(SpaceError, match="reductions"):
        survey(build_space("cell", reductions=6), (1, 8, 8), 10, 10, Random(0))


def test_a_tally_stops_as_soon_as_the_share_cannot_be_rare():
    found = tally(Dial(), IMAGE, CLASSES, Limits(parameters=900_000), Random(0))
    assert found.allowed == RARE * TALLY_SAMPLES == 2
    assert found.seen < 20
    assert not found.is_rare
    assert not found.is_none


def test_limits_that_single_architectures_keep_but_none_together():
    limits = Limits(parameters=400_000, multiply_adds=400_000)  # the two add up to a million
    for alone in (Limits(parameters=400_000), Limits(multiply_adds=400_000)):
        assert not tally(Dial(), IMAGE, CLASSES, alone, Random(0)).is_rare
    found = tally(Dial(), IMAGE, CLASSES, limits, Random(0))
    assert found == Tally(0, TALLY_SAMPLES, is_complete=False)
    assert found.is_none


def test_a_share_below_one_in_ten_thousand_is_rare():
    rng = Random(0)
    space = Dial()
    drawn = sorted(space.price(space.random(rng), IMAGE, CLASSES).parameters for _ in range(TALLY_SAMPLES))
    found = tally(space, IMAGE, CLASSES, Limits(parameters=drawn[0]), Random(0))
    assert found == Tally(1, TALLY_SAMPLES, is_complete=False)
    assert found.is_rare
    assert not found.is_none
    assert not tally(space, IMAGE, CLASSES, Limits(parameters=drawn[1]), Random(0)).is_rare


def test_a_small_space_is_told_exactly():
    space = ToySpace()
    least = min(space.price(one, IMAGE, CLASSES).parameters for one in space.enumerate())
    nothing = tally(space, IMAGE, CLASSES, Limits(parameters=least - 1), Random(0))
    assert nothing == Tally(0, 256, is_complete=True)
    assert nothing.is_none
    assert not tally(space, IMAGE, CLASSES, Limits(parameters=least), Random(0)).is_rare


def test_out_of_time_nothing_is_said_to_be_impossible():
    found = tally(Dial(), IMAGE, CLASSES, Limits(parameters=-1), Random(0), seconds=0)
    assert found == Tally(0, 1, is_complete=False)
    assert found.is_rare
    assert not found.is_none
