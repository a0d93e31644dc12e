"""How much higher the reward is of networks with an operation, or an option of a decision, than of those without.

The difference of two means with Welch's interval (Welch 1947, "The generalization of 'Student's' problem when several
different population variances are involved"; degrees of freedom after Satterthwaite 1946), which does not take the two
groups to spread alike. The p-values are corrected for how many effects are listed (Holm 1979, section 3): of the
operations by themselves, of the options by themselves. The unit is a network, whose trainings are averaged: they are
not independent of each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt

import numpy as np
from scipy.special import stdtr, stdtrit  # type: ignore[import-untyped]

from nas.bench.statistics import holm
from nas.web.view.answers import Effect, Effects
from nas.web.view.columns import Columns, Floats, Integers
from nas.web.view.plain import plain_number
from nas.web.view.space import Meaning
from nas.web.view.tokens import Tokens

CONFIDENCE = 0.95
SIGNIFICANT = 1 - CONFIDENCE
METHOD = (
    "Difference of the mean rewards of networks with and without, 95 % interval by Welch; clear where p < 0.05 after "
    "Holm's correction for all that are listed. Observed, not tried by experiment: the strategy chose what to train, "
    "so what comes together with an option, or came late in the search, is in its difference too. Failed trials are "
    "left out."
)


@dataclass(frozen=True, slots=True)
class Group:
    """Networks, by what Welch's test needs to know of them."""

    count: int
    total: float
    """Sum of their rewards, less the mean of all for each, so that sums stay exact."""
    squares: float
    """Sum of the squares of that."""

    def __sub__(self, part: "Group") -> "Group":
        return Group(self.count - part.count, self.total - part.total, self.squares - part.squares)

    @property
    def mean(self) -> float:
        """Less the mean of all; NaN of none."""
        return self.total / self.count if self.count else np.nan

    @property
    def variance(self) -> float:
        """Of a single network; rounding may not make it negative."""
        if self.count < 2:
            return np.nan
        return max(self.squares - self.total**2 / self.count, 0.0) / (self.count - 1)


@dataclass(frozen=True, slots=True)
class _Networks:
    """Networks with a reward: their tokens, how many trainings each had, its mean reward less that of all."""

    tokens: Tokens
    trainings: Integers
    rewards: Floats
    centre: float

    everything: Group


def effects(columns: Columns, decisions: Sequence[Meaning]) -> Effects:
    """Returns the effects of all operations and options that were tried."""
    networks = _networks(columns)
    operations = _corrected(list(_of_operations(networks, decisions)))
    options = _corrected(list(_of_options(networks, decisions)))
    return Effects(
        operations=tuple(sorted(operations, key=_best_first)),
        options=tuple(options),
        trials=int(networks.trainings.sum()),
        networks=len(networks.rewards),
        method=METHOD,
    )


def _networks(columns: Columns) -> _Networks:
    rewards = columns.values["reward"]
    rows = np.flatnonzero(~np.isnan(rewards))
    networks, count = columns.networks[rows], len(columns.tokens)
    trainings = np.bincount(networks, minlength=count)
    centre = float(rewards[rows].mean()) if len(rows) else 0.0
    sums = np.bincount(networks, weights=rewards[rows] - centre, minlength=count)
    known = trainings > 0
    means = sums[known] / trainings[known]
    return _Networks(columns.tokens[known], trainings[known], means, centre, _group(means))


def _group(rewards: Floats) -> Group:
    return Group(len(rewards), float(rewards.sum()), float(np.square(rewards).sum()))


def _of_operations(networks: _Networks, decisions: Sequence[Meaning]) -> Iterator[Effect]:
    places = [place for place in range(networks.tokens.shape[1]) if decisions[place].is_operation]
    names = dict.fromkeys(name for place in places for name in decisions[place].options)
    by_place = np.ascontiguousarray(networks.tokens.T)  # a decision at a time is read
    for name in names:
        has = np.zeros(len(networks.rewards), bool)
        for place in places:
            if name in decisions[place].options:
                has |= by_place[place] == decisions[place].options.index(name)
        if has.any():
            trials, group = int(networks.trainings[has].sum()), _group(networks.rewards[has])
            yield compare(None, name, trials, group, networks.everything, networks.centre)


def _of_options(networks: _Networks, decisions: Sequence[Meaning]) -> Iterator[Effect]:
    everything = networks.everything
    weighed = (networks.trainings.astype(np.float64), None, networks.rewards, np.square(networks.rewards))
    for place, row in enumerate(np.ascontiguousarray(networks.tokens.T)):
        tokens = row.astype(np.int64) + 1  # 0 for an architecture without the decision
        trainings, counts, totals, squares = (np.bincount(tokens, weights)[1:] for weights in weighed)
        for token in np.flatnonzero(counts).tolist():
            group = Group(int(counts[token]), float(totals[token]), float(squares[token]))
            name, option = decisions[place].name, decisions[place].option(token)
            yield compare(name, option, int(trainings[token]), group, everything, networks.centre)


def compare(
    decision: str | None, option: str, trials: int, group: Group, everything: Group, centre: float
) -> Effect:
    """Returns the effect of what `group`, a part of `everything`, has; its p-value is not corrected yet."""
    others = everything - group
    difference = group.mean - others.mean
    low, high, p_value = welch(group, others)
    return Effect(
        decision=decision,
        option=option,
        trials=trials,
        networks=group.count,
        networks_without=others.count,
        mean=plain_number(centre + group.mean),
        mean_without=plain_number(centre + others.mean),
        difference=plain_number(difference),
        low=plain_number(low),
        high=plain_number(high),
        p_value=plain_number(p_value),
        is_clear=False,
    )


def welch(one: Group, other: Group) -> tuple[float, float, float]:
    """Returns the ends of the interval of the difference of means, and the p-value of none; NaN where nothing varies.

    Each group needs two networks at least.
    """
    shares = [group.variance / group.count if group.count else np.nan for group in (one, other)]
    variance = sum(shares)
    if not (isfinite(variance) and variance > 0):
        return np.nan, np.nan, np.nan
    weights = [share**2 / (group.count - 1) for share, group in zip(shares, (one, other), strict=True)]
    freedom, error, difference = variance**2 / sum(weights), sqrt(variance), one.mean - other.mean
    reach = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    return difference - reach, difference + reach, float(2 * stdtr(freedom, -abs(difference) / error))


def _corrected(found: list[Effect]) -> list[Effect]:
    """Returns the effects with p-values corrected for how many of them have one."""
    corrected = iter(holm([effect.p_value for effect in found if effect.p_value is not None]))
    return [
        effect
        if effect.p_value is None
        else replace(effect, p_value=(p_value := next(corrected)), is_clear=p_value < SIGNIFICANT)
        for effect in found
    ]


def _best_first(effect: Effect) -> tuple[bool, float]:
    return effect.difference is None, -(effect.difference or 0.0)
