"""The exact maximum of a sum of functions of a few variables each, by eliminating one variable after the other.

Bertelè and Brioschi 1972, "Nonserial Dynamic Programming", chapter 2. The cost is exponential in how many variables
are tied together at a time, not in how many there are: rings of 40 with four in a function take milliseconds.
"""

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]


class Factor(NamedTuple):
    """A function of some variables: `table` has an axis for each, in their order. -inf is never chosen."""

    variables: tuple[int, ...]
    table: Table


def maximise(factors: Sequence[Factor], variables: int) -> tuple[float, tuple[int, ...]]:
    """Returns the largest sum of the factors and the values of the variables 0, 1, ... that give it.

    Variables are eliminated in order of their numbers: neighbours should be numbered side by side.
    """
    remaining = list(factors)
    steps: list[tuple[tuple[int, ...], NDArray[np.intp]]] = []
    for variable in range(variables):
        joined = _sum([factor for factor in remaining if variable in factor.variables], variable)
        remaining = [factor for factor in remaining if variable not in factor.variables]
        remaining.append(Factor(joined.variables[1:], joined.table.max(axis=0)))
        steps.append((joined.variables[1:], joined.table.argmax(axis=0)))
    chosen = [0] * variables
    for variable in reversed(range(variables)):
        others, best = steps[variable]
        chosen[variable] = int(best[tuple(chosen[other] for other in others)])
    return float(sum(factor.table for factor in remaining)), tuple(chosen)


def _sum(factors: Sequence[Factor], first: int) -> Factor:
    """Returns the sum of factors as one of all their variables, `first` in front."""
    others = sorted({variable for factor in factors for variable in factor.variables} - {first})
    scope = (first, *others)
    return Factor(scope, reduce(np.add, (_spread(factor, scope) for factor in factors)))


def _spread(factor: Factor, scope: Sequence[int]) -> Table:
    """Returns the table with an axis for every variable of the scope, of length 1 where it does not depend on it."""
    ordered = sorted(range(len(factor.variables)), key=lambda axis: scope.index(factor.variables[axis]))
    lengths = dict(zip(factor.variables, factor.table.shape, strict=True))
    return factor.table.transpose(ordered).reshape([lengths.get(variable, 1) for variable in scope])
