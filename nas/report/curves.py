"""How a search went: the best so far in what it maximises, as a series and as a line of blocks."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from nas.objectives import ACCURACY, Objective
from nas.report.formats import format_measure
from nas.trial import Trial

BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN = Objective(ACCURACY)


def best_so_far(trials: Iterable[Trial]) -> list[float]:
    """Returns the best reward after each completed trial, in the order in which they ended."""
    ended = sorted(trials, key=lambda trial: (trial.finished_at or 0.0, trial.number))
    return list(accumulate((trial.reward for trial in ended if trial.reward is not None), max))


def sparkline(values: Sequence[float], width: int = 60) -> str:
    """Returns one block a value, lowest to highest; of more than `width` values, the last of each stretch."""
    lowest, highest = min(values, default=0.0), max(values, default=0.0)
    span = (highest - lowest) or 1.0
    if len(values) > width:
        values = [values[(stretch + 1) * len(values) // width - 1] for stretch in range(width)]
    return "".join(BLOCKS[round((value - lowest) / span * (len(BLOCKS) - 1))] for value in values)


def progress_line(
    trials: Iterable[Trial],
    width: int = 80,
    objective: Objective = PLAIN,
    *,
    is_weighed: bool = False,
) -> str:
    """Returns "best so far  91.7 % ▁▃▆█ 97.2 %", or that nothing is completed yet, in at most `width` columns.

    `objective` is the search's first, which its rewards are values of; `is_weighed` where targets weigh them.
    """
    plain = "" if objective == PLAIN else f"{objective.measure} "
    label = f"best {'weighed accuracy ' if is_weighed else plain}so far "
    values = best_so_far(trials)
    if not values:
        return f"{label} no trial is completed yet"
    ends = [format_measure(objective.measure, objective.signed(values[place])) for place in (0, -1)]
    first, last = f"{label} {ends[0]} ", f" {ends[1]}"
    return first + sparkline(values, max(1, width - len(first) - len(last))) + last
