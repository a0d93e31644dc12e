"""The rewards in the order in which trials ended."""

import numpy as np

from nas.web.view.answers import BestSoFar, History
from nas.web.view.columns import Columns, Floats, Integers
from nas.web.view.plain import plain

MEAN_OVER = 50


def ended_order(columns: Columns) -> Integers:
    """Returns the rows of the trials that have ended, in the order told to the strategy, those not told yet last."""
    ended = np.flatnonzero(columns.is_final)
    finished, told = columns.values["finished_at"][ended], columns.values["told_event"][ended]
    return ended[np.lexsort((ended, finished, told))]  # NaN last


def history(columns: Columns, points: int, random: BestSoFar | None) -> History:
    """Returns the history in at most so many points."""
    rows = ended_order(columns)
    rewards = columns.values["reward"][rows]
    stretch = max(1, -(-len(rows) // points))
    ends = _ends(len(rows), stretch)
    highest = _highest(rewards, stretch)
    is_known = ~np.isnan(rewards[highest])
    numbers = columns.numbers[rows[highest]].tolist()
    return History(
        told=tuple((ends + 1).tolist()),
        number=tuple(number if known else None for number, known in zip(numbers, is_known, strict=True)),
        reward=plain(rewards[highest]),
        best=plain(_best_so_far(rewards)[ends]),
        mean=plain(_moving_mean(rewards, MEAN_OVER)[ends]),
        trials_a_point=stretch,
        mean_over=MEAN_OVER,
        count=len(rows),
        random=random,
    )


def best_line(columns: Columns, name: str, points: int) -> BestSoFar:
    """Returns the best of the search called `name` after so many ended trials, in at most so many points."""
    rows = ended_order(columns)
    ends = _ends(len(rows), max(1, -(-len(rows) // points)))
    best = _best_so_far(columns.values["reward"][rows])[ends]
    return BestSoFar(name, tuple((ends + 1).tolist()), plain(best))


def _ends(count: int, stretch: int) -> Integers:
    """Returns the place of the last of each stretch."""
    return np.minimum(np.arange(stretch - 1, count + stretch - 1, stretch), count - 1)


def _highest(rewards: Floats, stretch: int) -> Integers:
    """Returns the place of the highest reward in each stretch, the first of equals; of any where all are NaN."""
    filled = np.where(np.isnan(rewards), -np.inf, rewards)
    missing = -len(rewards) % stretch
    table = np.pad(filled, (0, missing), constant_values=-np.inf).reshape(-1, stretch)
    places: Integers = np.arange(len(table)) * stretch + table.argmax(axis=1)
    return places


def _best_so_far(rewards: Floats) -> Floats:
    """Returns the highest so far, NaN before the first."""
    return np.fmax.accumulate(rewards) if len(rewards) else rewards


def _moving_mean(rewards: Floats, over: int) -> Floats:
    """Returns the mean of the last `over` rewards up to each place, NaN ones left out; NaN before the first."""
    is_known = ~np.isnan(rewards)
    known = rewards[is_known]
    if not len(known):
        return rewards
    centre = known.mean()  # so that sums of very many stay exact
    sums = np.concatenate([[0.0], np.cumsum(known - centre)])
    so_far = np.cumsum(is_known)
    first = np.maximum(so_far - over, 0)
    with np.errstate(invalid="ignore"):
        mean: Floats = centre + (sums[so_far] - sums[first]) / np.where(so_far > 0, so_far - first, np.nan)
    return mean
