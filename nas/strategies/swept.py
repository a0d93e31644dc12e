"""Nothing left over: a wrapper around any strategy that ends a search of a small space only when all of it is known."""

from typing import ClassVar, final

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.wrapper import Wrapper
from nas.trial import Proposal
from search_spaces.space import MAX_ENUMERATED, Space


def is_small(space: Space) -> bool:
    """Whether a space can be looked through time and again: it has at most `MAX_ENUMERATED` architectures."""
    return space.size <= MAX_ENUMERATED


@final
class Swept(Wrapper):
    """Looks through the whole space, in order of tokens, when the strategy finds nothing that may be proposed.

    A strategy that draws at random, or has collapsed, may miss the last few architectures. What is found for it has no
    log-probability, as no policy drew it. It is meant for spaces that `is_small`.
    """

    name: ClassVar[str] = "swept"

    def __init__(self, strategy: Strategy, space: Space) -> None:
        super().__init__(strategy)
        self._space = space

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:  # noqa: D102
        found = self._strategy.ask(count, accepts)
        while len(found) < count and accepts.gave_up:
            architecture = accepts.sweep(self._space.enumerate())
            if architecture is None:
                break
            found.append(Proposal(architecture))
            if len(found) < count:
                found += self._strategy.ask(count - len(found), accepts)
        return found
