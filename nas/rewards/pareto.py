"""Several objectives at once: who dominates whom, how crowded a front is, how much of the space it covers.

Everywhere more is better. Points are arrays of finite numbers, (N, M): N points of M objectives.

| symbol     | meaning                                                                               |
|------------|---------------------------------------------------------------------------------------|
| dominates  | no worse in every objective and better in one                                         |
| front 0    | the points that none dominates; front k: those left when fronts 0 to k - 1 are away   |
"""

from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def front_numbers(points: Floats) -> Integers:
    """Returns the number of each point's non-dominated front, (N,); Deb et al. 2002, section III-A.

    Equal points are in the same front. For two objectives in O(N log N), as in Jensen 2003, section III; for more in
    O(N^2): 5,000 points take about 0.1 s.
    """
    if not len(points):
        return np.zeros(0, dtype=np.int64)
    different, place = np.unique(points, axis=0, return_inverse=True)
    fronts = {1: _fronts_of_one, 2: _fronts_of_two}.get(points.shape[1], _fronts_of_many)(different)
    return fronts[place.reshape(-1)]


def _fronts_of_one(points: Floats) -> Integers:
    """Returns the fronts of different points in ascending order, (N, 1): each has its own."""
    return np.arange(len(points))[::-1]


def _fronts_of_two(points: Floats) -> Integers:
    """Returns the fronts of different points in ascending order, (N, 2).

    From the best first objective down, a point is dominated by a front exactly if that reaches as high in the second
    objective; and the first fronts reach the highest, so that the one to join is found by bisection.
    """
    fronts: list[int] = []
    reached: list[float] = []  # by each front in the second objective, negated: ascending
    for second in points[::-1, 1].tolist():
        front = bisect_right(reached, -second)
        reached[front : front + 1] = [-second]
        fronts.append(front)
    return np.array(fronts[::-1], dtype=np.int64)


def _fronts_of_many(points: Floats) -> Integers:
    """Returns the fronts of different points, (N, M)."""
    ranks = [np.unique(column, return_inverse=True)[1].astype(np.int32) for column in points.T]
    dominates = np.ones((len(points), len(points)), dtype=bool)  # row over column
    for rank in ranks:
        dominates &= rank[:, None] >= rank
    np.fill_diagonal(dominates, val=False)
    dominators = dominates.sum(axis=0)
    fronts = np.full(len(points), -1, dtype=np.int64)
    number = 0
    while (front := np.flatnonzero((dominators == 0) & (fronts < 0))).size:
        fronts[front] = number
        dominators -= dominates[front].sum(axis=0)
        number += 1
    return fronts


def crowding_distances(points: Floats, fronts: Integers) -> Floats:
    """Returns how much room each point has in its front, (N,); Deb et al. 2002, section III-B.

    It is the sum over the objectives of the distance between a point's two neighbours, as a share of the front's
    extent; infinite at either end of an objective. Equal points count once and share what they get.
    """
    if not len(points):
        return np.zeros(0)
    rows = np.column_stack([fronts.astype(np.float64), points])
    different, place = np.unique(rows, axis=0, return_inverse=True)
    distances = np.zeros(len(different))
    for column in different[:, 1:].T:
        order = np.lexsort((column, different[:, 0]))
        distances[order] += _distances_between_neighbours(column[order], different[order, 0])
    return distances[place.reshape(-1)]


def _distances_between_neighbours(values: Floats, fronts: Floats) -> Floats:
    """Returns for values that ascend within each front, (N,), the distance of the next from the one before.

    A front whose values are all equal has no ends in this objective, and no room in it.
    """
    begins = np.flatnonzero(np.r_[True, fronts[1:] != fronts[:-1]])
    ends = np.r_[begins[1:], len(values)] - 1
    extent = np.repeat(values[ends] - values[begins], ends - begins + 1)
    between = np.r_[values[1:], np.inf] - np.r_[-np.inf, values[:-1]]
    between[begins] = between[ends] = np.inf
    room = np.zeros(len(values))
    np.divide(between, extent, out=room, where=extent > 0)
    return room


def hypervolume(points: Floats, reference: Floats) -> float:
    """Returns the volume that the points dominate, up to `reference`, (M,), in the product of the objectives' units.

    Zitzler and Thiele 1998, section 4. Exact for any number of objectives, by slicing along one after the other: N log
    N steps for two; for three about as many, as a slice grows out of the one above it; for four N times as many, of
    the points alone that are not dominated within their slice (While et al. 2012, section III): 1,000 points take about
    0.2 s. What is not better than the reference in every objective adds nothing.
    """
    above = np.unique(points[(points > reference).all(axis=1)] - reference, axis=0)
    return _volume(above[front_numbers(above) == 0])


def _volume(points: Floats) -> float:
    """Returns the volume between the origin and points above it, (N, M), that do not dominate each other."""
    if not len(points):
        return 0.0
    if points.shape[1] == 1:
        return float(points.max())
    falling = points[np.argsort(-points[:, 0])]
    if points.shape[1] == 2:
        heights = np.maximum.accumulate(falling[:, 1])
        return float(-np.diff(falling[:, 0], append=0.0) @ heights)
    return _volume_of_three(falling) if points.shape[1] == 3 else _volume_of_slices(falling)


def _volume_of_slices(falling: Floats) -> float:
    """Returns the volume of points, (N, M), whose first objective falls, from slices of the others."""
    volume, reaching = 0.0, np.empty((0, falling.shape[1] - 1))
    for corner, thickness in zip(falling[:, 1:], -np.diff(falling[:, 0], append=0.0), strict=True):
        if not (reaching >= corner).all(axis=1).any():
            reaching = np.vstack([reaching[~(reaching <= corner).all(axis=1)], corner])
        if thickness > 0:
            volume += float(thickness) * _volume(reaching)
    return volume


def _volume_of_three(falling: Floats) -> float:
    """Returns the volume of points, (N, 3), whose first objective falls: a slice is that above it and a corner."""
    volume = area = 0.0
    stairs: tuple[list[float], list[float]] = ([], [])
    thicknesses = (-np.diff(falling[:, 0], append=0.0)).tolist()
    for (x, y), thickness in zip(falling[:, 1:].tolist(), thicknesses, strict=True):
        area += _add_corner(*stairs, x, y)
        volume += area * thickness
    return volume


def _add_corner(xs: list[float], ys: list[float], x: float, y: float) -> float:
    """Adds a corner to stairs that fall, `xs` ascending and `ys` descending; returns by how much their area grows."""
    end = bisect_left(xs, x)
    begin, right, height = end, x, ys[end] if end < len(ys) else 0.0
    if height >= y:
        return 0.0
    grown = 0.0
    while begin and ys[begin - 1] <= y:  # a step that the corner covers
        begin -= 1
        grown += (right - xs[begin]) * (y - height)
        right, height = xs[begin], ys[begin]
    grown += (right - (xs[begin - 1] if begin else 0.0)) * (y - height)
    end += end < len(xs) and xs[end] == x
    xs[begin:end], ys[begin:end] = [x], [y]
    return grown
