"""Intervals that say how much a measured accuracy can be trusted."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple


class Interval(NamedTuple):
    """The two ends of an interval, in the unit of what was measured."""

    low: float
    high: float


def wilson_interval(correct: int, total: int, confidence: float = 0.95) -> Interval:
    """Returns the score interval of a proportion, here of the accuracy on `total` pictures, as fractions.

    Wilson 1927; unlike p +- z s it stays within 0 and 1 and holds its confidence near them (Brown, Cai and DasGupta
    2001, section 4). It covers the choice of test pictures, not that of a training's seed.
    """
    if not 0 <= correct <= total or total < 1:
        raise ValueError(
            f"interval of an accuracy: expected 0 <= correct <= total, total > 0, got {correct} of {total}"
        )
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    accuracy = correct / total
    centre = accuracy + z * z / (2 * total)
    reach = z * sqrt(accuracy * (1 - accuracy) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    # At 0 and 1 the interval begins or ends there exactly; rounding would put it a hair beside.
    return Interval(
        (centre - reach) / scale if correct > 0 else 0.0, (centre + reach) / scale if correct < total else 1.0
    )


def difference_interval(
    correct: int, total: int, other_correct: int, other_total: int, confidence: float = 0.95
) -> Interval:
    """Returns the interval of how much higher the first accuracy is than the other, as fractions.

    Newcombe 1998, "Interval estimation for the difference between independent proportions", method 10. Two networks
    judged on the same pictures are rather more alike than that: the interval is then on the wide side.
    """
    first, second = (
        wilson_interval(correct, total, confidence),
        wilson_interval(other_correct, other_total, confidence),
    )
    accuracy, other = correct / total, other_correct / other_total
    difference = accuracy - other
    return Interval(
        difference - sqrt((accuracy - first.low) ** 2 + (second.high - other) ** 2),
        difference + sqrt((first.high - accuracy) ** 2 + (other - second.low) ** 2),
    )


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Returns Student's interval of the mean of at least two values, such as the accuracies of several seeds."""
    if len(values) < 2:
        raise ValueError(f"interval of a mean: expected at least two values, got {len(values)}")
    from scipy.special import stdtrit  # type: ignore[import-untyped]  # here: most commands do without

    mean = fmean(values)
    reach = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * stdev(values) / sqrt(len(values))
    return Interval(mean - reach, mean + reach)
