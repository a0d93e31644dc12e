"""What the controller was told, and what of it its model is fitted to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import linear_regression, quantiles
from typing import NamedTuple

import torch
from torch import Tensor

from nas.rewards import normal_scores
from nas.strategies.best import WORST, Values, values_of
from nas.trial import Trial

QUARTILES_OF_A_NORMAL = 1.349
"""How far apart they are, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Result:
    """A trial that was told, of a child that was judged."""

    number: int
    tokens: tuple[int, ...]
    values: Values
    variance: float
    """Of the first value, where it is known; else 0."""
    log_probability: float | None
    policy_version: int | None


def result_of(trial: Trial) -> Result | None:
    """Returns what a trial says of its architecture; None where that is nothing."""
    if trial.failure is not None and trial.failure.is_infrastructure:
        return None
    return Result(
        trial.number,
        trial.architecture.tokens,
        values_of(trial),
        trial.reward_variance or 0.0,
        trial.log_probability,
        trial.policy_version,
    )


class Experience(NamedTuple):
    """Results as the model takes them, in order of the trials' numbers."""

    tokens: Tensor
    """(N, T), int64."""
    scores: Tensor
    """(N,), double precision: normal scores of the ranks among all results."""
    known_noise: Tensor
    """(N,): variances of the scores, as far as they are known."""


def experience(results: Iterable[Result], limit: int) -> tuple[Experience, dict[int, float]]:
    """Returns what to fit the model to, at most `limit` results, and the score of each result by its trial's number.

    Of more results these are kept: half the limit of the best, a quarter of the newest, and of the others every so
    many-th by number. The order in which results came makes no difference.
    """
    ordered = sorted(results, key=lambda result: result.number)
    scores = normal_scores([result.values for result in ordered])
    slope = _scores_per_value([result.values for result in ordered], scores)
    chosen = _chosen(scores, limit)  # 4.
    data = Experience(
        torch.tensor([ordered[index].tokens for index in chosen]),
        torch.tensor([scores[index] for index in chosen], dtype=torch.float64),
        torch.tensor([ordered[index].variance * slope**2 for index in chosen], dtype=torch.float64),  # 6.
    )
    return data, {result.number: score for result, score in zip(ordered, scores, strict=True)}


def _chosen(scores: Sequence[float], limit: int) -> list[int]:
    """Returns the ascending indices of the results to keep."""
    count = len(scores)
    if count <= limit:
        return list(range(count))
    by_score = sorted(range(count), key=lambda index: (-scores[index], index))
    kept = set(by_score[: limit // 2]) | set(range(count - limit // 4, count))
    rest = [index for index in range(count) if index not in kept]
    missing = limit - len(kept)
    kept.update(rest[place * len(rest) // missing] for place in range(missing))
    return sorted(kept)


def _scores_per_value(values: Sequence[Values], scores: Sequence[float]) -> float:
    """Returns how many deviations of the scores one unit of the values is: so much noise has a known variance.

    From the quartiles, which outliers do not move; where those are tied, the slope of the scores on the values. It is 0
    with several objectives: their scores are of fronts, and what noise in one of them does to these is not known.
    """
    finite = [(one[0], score) for one, score in zip(values, scores, strict=True) if one[0] > WORST]
    if len(finite) < 2 or len(values[0]) > 1:
        return 0.0
    numbers = [value for value, _ in finite]
    low, _, high = quantiles(numbers, n=4)
    if high > low:
        return QUARTILES_OF_A_NORMAL / (high - low)
    if min(numbers) == max(numbers):
        return 0.0
    return linear_regression(numbers, [score for _, score in finite]).slope
