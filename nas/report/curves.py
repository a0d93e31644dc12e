"""How a search went: the best accuracy so far, as a series and as a line of blocks."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from nas.report.formats import format_percent
from nas.trial import Trial

BLOCKS = "▁▂▃▄▅▆▇█"


def best_so_far(trials: Iterable[Trial]) -> list[float]:
    """Returns the best validation accuracy after each completed trial, in the order in which they ended."""
    ended = sorted(trials, key=lambda trial: (trial.finished_at or 0.0, trial.number))
    accuracies = [trial.validation_accuracy for trial in ended if trial.validation_accuracy is not None]
    return list(accumulate(accuracies, max))


def sparkline(values: Sequence[float], width: int = 60) -> str:
    """Returns one block a value, lowest to highest; of more than `width` values, the last of each stretch."""
    lowest, highest = min(values, default=0.0), max(values, default=0.0)
    span = (highest - lowest) or 1.0
    if len(values) > width:
        values = [values[(stretch + 1) * len(values) // width - 1] for stretch in range(width)]
    return "".join(BLOCKS[round((value - lowest) / span * (len(BLOCKS) - 1))] for value in values)


def progress_line(trials: Iterable[Trial], width: int = 80) -> str:
    """Returns "best so far  91.7 % ▁▃▆█ 97.2 %", or that nothing is completed yet, in at most `width` columns."""
    values = best_so_far(trials)
    if not values:
        return "best so far  no trial is completed yet"
    first, last = f"best so far  {format_percent(values[0])} ", f" {format_percent(values[-1])}"
    return first + sparkline(values, max(1, width - len(first) - len(last))) + last
