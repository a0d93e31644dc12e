"""One measure of the completed trials against another, and their Pareto front."""

from collections.abc import Iterable, Sequence

import numpy as np

from nas.errors import QueryError
from nas.objectives import ACCURACY, ALIASES, Objective
from nas.rewards.pareto import front_numbers
from nas.web.view.answers import Point, Scatter
from nas.web.view.columns import Columns, Floats, Integers, Mask
from nas.web.view.query import MEASURES
from search_spaces.errors import suggest

REWARD = "reward"
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


def scatter(columns: Columns, x: str, y: str, points: int, objectives: Sequence[Objective]) -> Scatter:
    """Returns the points of the trials that have both measures, in a sample of about `points` that has the front.

    `objectives` say where a search wants more of what others want less of.
    """
    for axis, measure in (("x", x), ("y", y)):
        if measure not in MEASURES:
            raise QueryError(
                f"{axis}: expected a measure, got {measure[:80]!r}; {suggest(measure[:80], MEASURES)}"
            )
    xs, ys = columns.values[x], columns.values[y]
    rows = np.flatnonzero(columns.is_completed & np.isfinite(xs) & np.isfinite(ys))
    minimised = [is_minimised(measure, objectives) for measure in (x, y)]
    signs = [-1.0 if less_is_better else 1.0 for less_is_better in minimised]
    is_best = on_front(np.column_stack([signs[0] * xs[rows], signs[1] * ys[rows]]))
    front = rows[is_best]
    shown = np.sort(np.concatenate([front, sample(rows[~is_best], columns.numbers, points - len(front))]))

    def as_points(rows: Integers) -> tuple[Point, ...]:
        return _points(xs[rows], ys[rows], columns.numbers[rows])

    by_x = front[np.lexsort((front, ys[front], xs[front]))]
    return Scatter(x, y, minimised[0], minimised[1], as_points(shown), as_points(by_x), len(rows))


def is_minimised(measure: str, objectives: Iterable[Objective]) -> bool:
    """Whether less of a measure is better: as the search has it or, if it has no opinion, all but accuracy."""
    if measure == REWARD:
        return False  # that which is maximised, whatever it measures
    name = ALIASES.get(measure, measure)
    wanted = [objective.is_minimised for objective in objectives if objective.measure == name]
    return wanted[0] if wanted else name != ACCURACY


def on_front(points: Floats) -> Mask:
    """Returns which points of two objectives none dominates, more being better; equal ones are on it together."""
    order = np.lexsort((-points[:, 1], -points[:, 0]))  # from the best first objective down
    falling = points[order]
    # What is not as good in the second as all before it, is dominated by one of them.
    hopeful = order[falling[:, 1] >= np.maximum.accumulate(falling[:, 1])] if len(points) else order
    found = np.zeros(len(points), bool)
    found[hopeful[front_numbers(points[hopeful]) == 0]] = True
    return found


def sample(rows: Integers, numbers: Integers, count: int) -> Integers:
    """Returns `count` of the rows, always the same ones of the same trials; a new trial displaces at most one."""
    if len(rows) <= count:
        return rows
    if count <= 0:
        return rows[:0]
    scattered = numbers[rows].astype(np.uint64) * _SPREAD  # Fibonacci hashing, Knuth 1998, section 6.4
    return rows[np.argpartition(scattered, count - 1)[:count]]


def _points(xs: Floats, ys: Floats, numbers: Integers) -> tuple[Point, ...]:
    return tuple(map(Point, xs.tolist(), ys.tolist(), numbers.tolist()))
