"""The wrappers around a strategy, in the order in which a search and a benchmark put them on."""

from collections.abc import Callable

from nas.strategies.base import Strategy
from nas.strategies.deduplicated import Deduplicated
from nas.strategies.limited import Limited
from search_spaces.architecture import Architecture


def wrapped(
    strategy: Strategy,
    canonical_key: Callable[[Architecture], str],
    *,
    is_feasible: Callable[[Architecture], bool] | None = None,
) -> Strategy:
    """Returns the strategy, made to keep to what is feasible and never to propose the same function twice."""
    if is_feasible:
        strategy = Limited(strategy, is_feasible)
    return Deduplicated(strategy, canonical_key)
