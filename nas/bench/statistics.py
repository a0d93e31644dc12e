"""How sure a mean over seeds is, and whether two strategies differ by more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit  # type: ignore[import-untyped]

CONFIDENCE = 0.95
ROUNDING = 1e-9
"""Differences this close, as a share of the largest score, are one difference and rounding."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds, in the unit of the scores; the last three are None for a single seed."""

    mean: float
    deviation: float | None
    """Of one search: how much luck there is in it."""
    low: float | None
    high: float | None
    """The ends of Student's interval of the mean, with a confidence of 95 %."""


def estimate(values: ArrayLike) -> Estimate:
    """Returns the mean of at least one value with its interval."""
    numbers = np.asarray(values, dtype=np.float64)
    count, mean = len(numbers), float(numbers.mean())
    if count < 2:
        return Estimate(mean, None, None, None)
    deviation = float(numbers.std(ddof=1))
    reach = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * deviation / count**0.5
    return Estimate(mean, deviation, mean - reach, mean + reach)


def paired_p_value(values: ArrayLike, others: ArrayLike) -> float:
    """Returns how likely means so far apart are by chance, of two strategies on the same seeds (two-sided t-test).

    Where every seed has the same difference the t-test knows no chance, and few seeds with coarse scores come to that
    by chance all the same: then it is the sign test's. A single seed proves nothing: 1.
    """
    pairs = np.asarray([values, others], dtype=np.float64)
    differences = pairs[0] - pairs[1]
    count = len(differences)
    if count < 2:
        return 1.0
    rounding = ROUNDING * np.abs(pairs).max()
    if np.ptp(differences) <= rounding:
        return 1.0 if abs(differences[0]) <= rounding else 2.0 ** (1 - count)
    t = float(differences.mean()) / (float(differences.std(ddof=1)) / count**0.5)
    return float(2 * stdtr(count - 1, -abs(t)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns the p-values corrected for how many they are, in their order (Holm 1979, section 3)."""
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected
