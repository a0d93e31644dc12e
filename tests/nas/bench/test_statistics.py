"""Intervals and tests, against SciPy's."""

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_rel
from scipy.stats import t as student

from nas.bench.statistics import estimate, holm, paired_p_value


@pytest.mark.parametrize("count", [2, 5, 200])
def test_the_interval_is_students(count):
    values = np.random.default_rng(count).normal(3, 2, count)
    known = estimate(values)
    low, high = student.interval(0.95, count - 1, values.mean(), values.std(ddof=1) / np.sqrt(count))
    assert (known.low, known.high) == pytest.approx((low, high))
    assert known.deviation == pytest.approx(values.std(ddof=1))


def test_one_value_has_no_interval():
    known = estimate([3.0])
    assert (known.mean, known.deviation, known.low, known.high) == (3.0, None, None, None)


def test_the_p_value_is_the_paired_t_tests():
    rng = np.random.default_rng(0)
    first = rng.normal(0, 1, 30)
    for shift in (0.0, 0.1, 1.0):
        second = first + rng.normal(shift, 0.5, 30)
        assert paired_p_value(first, second) == pytest.approx(ttest_rel(first, second).pvalue)


def test_differences_without_chance():
    assert paired_p_value([1.0, 2.0], [1.0, 2.0]) == 1.0
    assert paired_p_value([2.0, 3.0], [1.0, 2.0]) == binomtest(2, 2).pvalue == 0.5
    assert paired_p_value(range(1, 9), range(8)) == pytest.approx(binomtest(8, 8).pvalue)
    assert paired_p_value([1.0], [2.0]) == 1.0


def test_the_same_difference_but_for_rounding_is_the_same():
    assert paired_p_value([89.02, 88.92], [88.90, 88.80]) == 0.5
    assert paired_p_value([0.1 + 0.2, 0.7], [0.3, 0.7]) == 1.0
    others = [88.90, 88.79]
    assert paired_p_value([89.02, 88.92], others) == pytest.approx(ttest_rel([89.02, 88.92], others).pvalue)


@pytest.mark.parametrize(
    ("p_values", "corrected"),
    [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),  # 3 x .01, then 2 x .03, then no less than that
        ([0.5, 0.001, 0.9], [1.0, 0.003, 1.0]),
        ([0.02], [0.02]),
        ([], []),
    ],
)
def test_holm(p_values, corrected):
    assert holm(p_values) == pytest.approx(corrected)


def test_holm_keeps_the_family_wise_error():
    rng = np.random.default_rng(0)
    wrong = [min(holm(rng.uniform(size=8).tolist())) < 0.05 for _ in range(2_000)]
    assert np.mean(wrong) == pytest.approx(0.05, abs=0.015)
