"""The number a strategy maximises, and the scores without a scale that ranks make of such numbers."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import NormalDist

from workers.job import Outcome


def accuracy_reward(outcome: Outcome) -> float | None:
    """Returns the validation accuracy, a fraction from 0 to 1; None for a failed training."""
    return outcome.validation_accuracy


def normal_score(value: float, ordered: Sequence[float]) -> float:
    """Returns the normal score of `value`, one of the ascending `ordered` values; equal values share their mean rank.

    The score of rank r of n is the standard normal quantile of (r - 3/8) / (n + 1/4) (Blom 1958). It depends on the
    order alone, so neither the scale of the values nor an outlier moves it; Wierstra et al. 2014, section 3.1, call
    this fitness shaping.
    """
    mean_rank = (bisect_left(ordered, value) + 1 + bisect_right(ordered, value)) / 2
    return NormalDist().inv_cdf((mean_rank - 0.375) / (len(ordered) + 0.25))


def normal_scores(values: Sequence[float]) -> list[float]:
    """Returns the normal score of each of the values among all of them, in their order."""
    ordered = sorted(values)
    return [normal_score(value, ordered) for value in values]
