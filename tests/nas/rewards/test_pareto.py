"""Fronts, crowding and hypervolume against brute force and numbers worked out by hand."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas.rewards.pareto import crowding_distances, front_numbers, hypervolume

SIDE = 5
POINTS = st.integers(1, 4).flatmap(
    lambda m: st.lists(st.tuples(*[st.integers(0, SIDE)] * m), min_size=1, max_size=12)
)
EXAMPLES = settings(max_examples=60, deadline=None)


def array(points) -> np.ndarray:
    return np.array(points, dtype=float)


def dominates(one, other) -> bool:
    return one != other and all(a >= b for a, b in zip(one, other, strict=True))


def fronts_by_definition(points) -> list[int]:
    numbers: dict = {}
    left = set(points)
    while left:
        front = {point for point in left if not any(dominates(other, point) for other in left)}
        numbers.update(dict.fromkeys(front, max(numbers.values(), default=-1) + 1))
        left -= front
    return [numbers[point] for point in points]


@EXAMPLES
@given(POINTS)
def test_fronts_are_those_of_the_definition(points) -> None:
    assert front_numbers(array(points)).tolist() == fronts_by_definition(points)


def test_two_objectives_take_the_short_way_to_the_same_fronts() -> None:
    points = np.random.default_rng(0).integers(0, 30, (300, 2)).astype(float)
    beside = np.column_stack([points, np.zeros(300)])
    assert front_numbers(points).tolist() == front_numbers(beside).tolist()
    assert front_numbers(points).max() > 5


def test_crowding_by_hand() -> None:
    """On the front (0, 4), (1, 2), (4, 0): the middle has 4/4 + 4/4 around it. (3, 0), alone, is all ends."""
    points = array([(1, 2), (0, 4), (4, 0), (1, 2), (3, 0)])
    fronts = front_numbers(points)
    assert fronts.tolist() == [0, 0, 0, 0, 1]
    distances = crowding_distances(points, fronts)
    assert distances[:4].tolist() == [2.0, np.inf, np.inf, 2.0]
    four = array([(0, 10), (1, 6), (5, 5), (10, 0)])
    assert crowding_distances(four, np.zeros(4, int))[1:3] == pytest.approx(
        [5 / 10 + 5 / 10, 9 / 10 + 6 / 10]
    )


def test_an_objective_in_which_all_are_equal_has_no_room() -> None:
    points = array([(0, 2, 7), (1, 1, 7), (2, 0, 7)])
    assert crowding_distances(points, np.zeros(3, int)).tolist() == [np.inf, 2.0, np.inf]


@EXAMPLES
@given(POINTS, st.randoms(use_true_random=False))
def test_crowding_does_not_depend_on_the_order_of_the_points(points, rng) -> None:
    order = list(range(len(points)))
    rng.shuffle(order)
    fronts = front_numbers(array(points))
    there = crowding_distances(array(points), fronts)
    assert crowding_distances(array(points)[order], fronts[order]).tolist() == there[order].tolist()


@EXAMPLES
@given(POINTS)
def test_the_hypervolume_is_the_number_of_unit_cubes_that_are_dominated(points) -> None:
    cubes = product(range(SIDE), repeat=len(points[0]))
    counted = sum(
        any(all(c < p for c, p in zip(cube, point, strict=True)) for point in points) for cube in cubes
    )
    assert hypervolume(array(points), np.zeros(len(points[0]))) == counted


def test_a_large_front_of_four_objectives_covers_what_a_simplex_does() -> None:
    """Below all corners of four whole numbers that add up to n lie (n choose 4) unit cubes."""
    side = 19
    corners = [four for four in product(range(1, side), repeat=4) if sum(four) == side]
    assert len(corners) == comb(side - 1, 3) == 816
    assert hypervolume(array(corners), np.zeros(4)) == comb(side, 4)


def test_what_does_not_beat_the_reference_adds_nothing() -> None:
    """Against (1, -10): (3, -4) covers 2 x 6, (2, -2) another 1 x 2; the others are on or beyond the border."""
    reference = array((1, -10))
    assert hypervolume(array([(3, -4), (2, -2), (1, 0), (9, -10), (0.5, 0)]), reference) == 14.0
    assert hypervolume(array([(1, 0)]), reference) == 0.0
    assert hypervolume(np.zeros((0, 2)), reference) == 0.0
