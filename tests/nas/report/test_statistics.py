"""Intervals, against published tables and against SciPy."""

from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nas.report.statistics import difference_interval, mean_interval, wilson_interval


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_score_intervals_of_newcombe_1998_table_1(correct: int, total: int, low: float, high: float) -> None:
    assert wilson_interval(correct, total) == pytest.approx((low, high), abs=5e-5)


@given(total=st.integers(1, 10_000), share=st.floats(0, 1), confidence=st.floats(0.5, 0.999))
def test_score_intervals_agree_with_scipy(total: int, share: float, confidence: float) -> None:
    correct = round(share * total)
    expected = stats.binomtest(correct, total).proportion_ci(confidence, method="wilson")
    found = wilson_interval(correct, total, confidence)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert 0 <= found.low <= correct / total <= found.high <= 1


def test_differences_of_newcombe_1998_table_2() -> None:
    assert difference_interval(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference_interval(9, 10, 3, 10) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert difference_interval(0, 10, 0, 20) == pytest.approx((-0.1611, 0.2775), abs=5e-5)


def test_differences_change_sign_with_their_order() -> None:
    low, high = difference_interval(340, 360, 330, 360)
    assert difference_interval(330, 360, 340, 360) == pytest.approx((-high, -low))
    assert low < 0 < high


def test_means_agree_with_scipy() -> None:
    values = [0.912, 0.905, 0.921, 0.899]
    expected = stats.t.interval(0.95, 3, loc=fmean(values), scale=stats.sem(values))
    assert mean_interval(values) == pytest.approx(expected)


def test_means_hold_their_confidence() -> None:
    draws = np.random.default_rng(0).normal(0.9, 0.02, (2000, 3))
    intervals = [mean_interval(row.tolist(), 0.9) for row in draws]
    assert np.mean([low <= 0.9 <= high for low, high in intervals]) == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(("correct", "total"), [(1, 0), (5, 4), (-1, 4)])
def test_accuracies_that_cannot_be(correct: int, total: int) -> None:
    with pytest.raises(ValueError, match=f"got {correct} of {total}"):
        wilson_interval(correct, total)


def test_one_value_has_no_interval() -> None:
    with pytest.raises(ValueError, match="expected at least two values, got 1"):
        mean_interval([0.9])
