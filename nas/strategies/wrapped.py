"""The wrappers around a strategy, in the order in which a search and a benchmark put them on.

From the outside in, and why:

1. `Repeated`: what is inside sees each architecture once, so a repetition is no duplicate.
2. `Deduplicated`: it has to know of every trial, also of those that `Graded` does not tell.
3. `Limited`: its test is looked at first, as the filter goes from the inside out; so a key is only computed of what is
   feasible, and repeats in a row are counted among the feasible ones.
4. `Graded`: whatever becomes of a trial, the strategy hears of it in one form.
5. `Swept`: as only inside the others are all the tests known.
"""

from collections.abc import Callable

from nas.strategies.base import Strategy
from nas.strategies.deduplicated import Deduplicated
from nas.strategies.graded import Graded
from nas.strategies.limited import ATTEMPTS, ATTEMPTS_BEFORE_A_SWEEP, Limited
from nas.strategies.repeated import Repeated
from nas.strategies.swept import Swept, is_small
from search_spaces.architecture import Architecture
from search_spaces.space import Space


def wrapped(
    strategy: Strategy,
    canonical_key: Callable[[Architecture], str],
    *,
    is_feasible: Callable[[Architecture], bool] | None = None,
    infeasible: str = "did not keep to the limits",
    repeats: int = 1,
    objectives: int = 1,
    space: Space | None = None,
) -> Strategy:
    """Returns the strategy, made to keep to what is feasible and never to propose the same function twice.

    `infeasible` says what other ones did, should a search end for them. `objectives` is how many values a trial has.
    With `space`, a small one is proposed to its last architecture.
    """
    attempts = ATTEMPTS
    if space is not None and is_small(space):
        attempts = ATTEMPTS_BEFORE_A_SWEEP
        strategy = Swept(strategy, space)
    strategy = Graded(strategy, objectives=objectives)
    if is_feasible:
        strategy = Limited(strategy, is_feasible, attempts=attempts, infeasible=infeasible)
    strategy = Deduplicated(strategy, canonical_key)
    return Repeated(strategy, repeats) if repeats > 1 else strategy
