"""What a trial came to, and which of several results is the best, with one objective or with several."""

from collections.abc import Sequence

from nas.rewards import normal_scores
from nas.trial import Trial

Values = tuple[float, ...]
WORST = float("-inf")
"""The value of what has no result: below all."""


def values_of(trial: Trial) -> Values:
    """Returns the values of a trial that was told, of one without a result the worst."""
    return trial.values or (WORST,)


def best_first(results: Sequence[Values]) -> list[int]:
    """Returns the places of the results from the best to the worst; of equal ones the earlier is first."""
    several = bool(results) and len(results[0]) > 1
    scores = normal_scores(results) if several else [values[0] for values in results]
    return sorted(range(len(scores)), key=lambda place: -scores[place])


def place_of_best(results: Sequence[Values]) -> int:
    """Returns the place of the best result; of equal ones that of the first."""
    if len(results[0]) > 1:
        return best_first(results)[0]
    return max(range(len(results)), key=lambda place: results[place][0])
