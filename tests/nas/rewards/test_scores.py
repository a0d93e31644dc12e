"""Normal scores against published values, and of several objectives by front and crowding."""

import math
from random import Random
from statistics import NormalDist, fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nas.rewards import normal_score, normal_scores


def test_scores_are_blom_quantiles_of_the_ranks() -> None:
    quantiles = [
        NormalDist().inv_cdf(p) for p in (0.625 / 5.25, 1.625 / 5.25, 0.5, 3.625 / 5.25, 4.625 / 5.25)
    ]
    assert normal_scores([50.0, 10.0, 40.0, 20.0, 30.0]) == pytest.approx(
        [quantiles[i] for i in (4, 0, 3, 1, 2)]
    )
    # Expected normal order statistics of five (Harter 1961): 1.16296 and 0.49502; Blom is near them.
    assert quantiles[3:] == pytest.approx([0.49502, 1.16296], abs=0.02)


def test_a_single_value_scores_nothing() -> None:
    assert normal_scores([0.3]) == [0.0]
    assert normal_scores([]) == []


def test_equal_values_share_their_mean_rank() -> None:
    scores = normal_scores([1.0, 2.0, 2.0, 3.0])
    assert scores[1] == scores[2] == 0.0
    assert scores[0] == -scores[3] < 0
    assert normal_scores([7.0, 7.0, 7.0]) == [0.0, 0.0, 0.0]


def test_scores_depend_on_the_order_alone() -> None:
    rng = Random(0)
    values = [rng.random() for _ in range(50)]
    assert normal_scores([math.exp(20 * value) for value in values]) == normal_scores(values)
    assert fmean(normal_scores(values)) == pytest.approx(0.0, abs=1e-12)


def test_failures_below_everything_leave_the_scores_finite() -> None:
    scores = normal_scores([float("-inf"), 0.1, float("-inf"), 0.2])
    assert scores[0] == scores[2] < scores[1] < scores[3]
    assert all(map(math.isfinite, scores))


def test_one_score_is_that_among_all() -> None:
    values = [0.2, 0.9, 0.5, 0.5]
    assert [normal_score(value, sorted(values)) for value in values] == normal_scores(values)


def test_of_several_objectives_the_front_ranks_first_and_within_it_room() -> None:
    """Front 0: (0, 4), (1, 3), (3, 1), (4, 0), the inner two equally crowded; front 1: (0, 3), (2, 1); then (0, 0)."""
    values = [(0.0, 0.0), (1.0, 3.0), (0.0, 4.0), (2.0, 1.0), (4.0, 0.0), (3.0, 1.0), (0.0, 3.0)]
    score = dict(zip(values, normal_scores(values), strict=True))
    assert score[0.0, 4.0] == score[4.0, 0.0] > score[1.0, 3.0] == score[3.0, 1.0] > score[0.0, 3.0]
    assert score[0.0, 3.0] == score[2.0, 1.0] > score[0.0, 0.0]
    quantiles = [NormalDist().inv_cdf((rank - 0.375) / 7.25) for rank in (1, 2.5, 4.5, 6.5)]
    assert sorted(set(score.values())) == pytest.approx(quantiles)


def test_equal_and_failed_tuples() -> None:
    nothing = float("-inf")
    values = [(0.5, -9.0), (nothing, nothing), (0.5, -9.0), (0.1, -99.0), (nothing, nothing)]
    scores = normal_scores(values)
    assert scores[1] == scores[4] < scores[3] < scores[0] == scores[2]
    assert all(map(math.isfinite, scores))
    assert normal_scores([(nothing, nothing)] * 3) == [0.0] * 3


def test_tuples_of_one_are_numbers_and_tuples_of_different_lengths_are_refused() -> None:
    values = [0.2, 0.9, 0.5, 0.5]
    assert normal_scores([(value,) for value in values]) == normal_scores(values)
    with pytest.raises(ValueError, match="inhomogeneous"):
        normal_scores([(1.0, 2.0), (1.0,)])


@pytest.mark.parametrize("values", [[0.5, math.nan, 0.2], [(0.5, 1.0), (0.5, math.nan)]])
def test_what_is_no_number_is_refused(values: list[float] | list[tuple[float, ...]]) -> None:
    with pytest.raises(ValueError, match=r"expected numbers, got .*nan"):
        normal_scores(values)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=15))
def test_what_dominates_never_ranks_lower(points: list[tuple[float, ...]]) -> None:
    scores = normal_scores(points)
    for one, score in zip(points, scores, strict=True):
        for other, its_score in zip(points, scores, strict=True):
            if one != other and all(a >= b for a, b in zip(one, other, strict=True)):
                assert score > its_score
            if one == other:
                assert score == its_score
