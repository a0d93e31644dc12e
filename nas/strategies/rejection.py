"""Drawing again until a proposal is accepted: what the wrappers around strategies share."""

from collections.abc import Callable

from nas.strategies.base import Strategy
from nas.trial import Proposal
from search_spaces.architecture import Architecture


def ask_accepted(
    strategy: Strategy, count: int, accepts: Callable[[Architecture], bool], attempts: int
) -> list[Proposal]:
    """Returns `count` proposals of `strategy` that `accepts` lets through, in the order they were drawn.

    Fewer when the strategy has nothing left, or when `attempts` draws in a row were rejected. Draws come one at a time,
    so that asking for several is the same as asking for one several times, and no proposal of the strategy is lost.
    """
    accepted: list[Proposal] = []
    rejected_in_a_row = 0
    while len(accepted) < count and rejected_in_a_row < attempts:
        drawn = strategy.ask(1)
        if not drawn:
            break
        if accepts(drawn[0].architecture):
            accepted.extend(drawn)
            rejected_in_a_row = 0
        else:
            rejected_in_a_row += 1
    return accepted
