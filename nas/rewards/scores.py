"""Scores without a scale: what is left of results when only their order counts."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from nas.rewards.pareto import crowding_distances, front_numbers


def normal_score(value: float, ordered: Sequence[float]) -> float:
    """Returns the normal score of `value`, one of the ascending `ordered` values; equal values share their mean rank.

    The score of rank r of n is the standard normal quantile of (r - 3/8) / (n + 1/4) (Blom 1958). It depends on the
    order alone, so neither the scale of the values nor an outlier moves it; Wierstra et al. 2014, section 3.1, call
    this fitness shaping.
    """
    mean_rank = (bisect_left(ordered, value) + 1 + bisect_right(ordered, value)) / 2
    return float(_quantiles(np.array([mean_rank]), len(ordered))[0])


def normal_scores(values: Sequence[float] | Sequence[tuple[float, ...]]) -> list[float]:
    """Returns the normal score of each of the values among all of them, in their order; higher is better.

    Of tuples, one number an objective, those of a better non-dominated front rank higher, and within a front those
    with more room around them (Deb et al. 2002, section III-C); equal ones share their mean rank. What has -inf in it
    ranks below all else. Raises `ValueError` for tuples of different lengths, and for NaN, which has no rank.
    """
    if not len(values):
        return []
    array = np.array(values, dtype=np.float64)
    if np.isnan(array).any():
        raise ValueError(
            f"normal scores: expected numbers, got {values[int(np.argwhere(np.isnan(array))[0, 0])]!r}; "
            "what has no result is -inf"
        )
    order = array.reshape(-1) if array.ndim == 1 or array.shape[1] == 1 else _order_of_several(array)
    _, place, counts = np.unique(order, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    return cast("list[float]", _quantiles(mean_ranks, len(values))[place].tolist())


def _quantiles(mean_ranks: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    from scipy.special import ndtri  # type: ignore[import-untyped]  # here: most commands do without

    return cast("NDArray[np.float64]", ndtri((mean_ranks - 0.375) / (count + 0.25)))


def _order_of_several(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns one number a row of `values`, (N, M), that orders the rows: (N,), higher is better, equal where tied."""
    finite = np.isfinite(values).all(axis=1)
    order = np.full(len(values), -np.inf)
    points = values[finite]
    fronts = front_numbers(points)
    keys = np.stack([-fronts.astype(np.float64), crowding_distances(points, fronts)], axis=1)
    order[finite] = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    return order
