"""Rewards of outcomes, and normal scores against published values."""

import math
from random import Random
from statistics import NormalDist, fmean

import pytest

from nas.rewards import accuracy_reward, normal_score, normal_scores
from workers.job import FailureKind, Outcome


def test_reward_is_the_validation_accuracy() -> None:
    assert accuracy_reward(Outcome(1, validation_accuracy=0.0)) == 0.0
    assert accuracy_reward(Outcome(1, validation_accuracy=0.875)) == 0.875


def test_a_failed_training_has_no_reward() -> None:
    assert accuracy_reward(Outcome(1, failure=FailureKind.DIVERGED)) is None


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
