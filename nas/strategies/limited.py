"""Only what may be trained: a wrapper around any strategy that keeps to limits on what a network costs."""

from collections.abc import Callable
from functools import lru_cache
from typing import ClassVar, final

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter, Test
from nas.strategies.wrapper import Wrapper
from nas.trial import Proposal
from search_spaces.architecture import Architecture

ANSWERS_REMEMBERED = 16_384
"""Of architectures that were looked at lately: many a strategy looks at the same ones again."""


ATTEMPTS = 50_000
"""Limits that one architecture in 10,000 meets are missed less than once in 100 asks."""
ATTEMPTS_BEFORE_A_SWEEP = 1_000
"""Where the whole space is looked through next, that is soon quicker than to draw on."""


@final
class Limited(Wrapper):
    """Proposes feasible architectures only.

    After `attempts` infeasible ones in a row fewer are returned. `infeasible` says in the ending what such ones did.
    """

    name: ClassVar[str] = "limited"

    def __init__(
        self,
        strategy: Strategy,
        is_feasible: Callable[[Architecture], bool],
        *,
        attempts: int = ATTEMPTS,
        infeasible: str = "did not keep to the limits",
    ) -> None:
        super().__init__(strategy)
        self._attempts, self._infeasible = attempts, infeasible
        self._is_feasible = lru_cache(ANSWERS_REMEMBERED)(is_feasible)
        self._keeps_limits = self._test()

    def _test(self) -> Test:
        return Test(self._is_feasible, self._attempts, self._infeasible)

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:  # noqa: D102
        self._keeps_limits = self._test()
        return self._strategy.ask(count, accepts.also(self._keeps_limits))

    @property
    def ending(self) -> str:  # noqa: D102
        return self._keeps_limits.ending if self._keeps_limits.gave_up else self._strategy.ending
