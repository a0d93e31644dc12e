"""No architecture twice: a wrapper around any strategy."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import ClassVar, final

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter, Test
from nas.strategies.wrapper import Wrapper
from nas.trial import Proposal, Trial
from search_spaces.architecture import Architecture

KEYS_REMEMBERED = 4_096
"""Of architectures that were looked at lately: many a strategy looks at the same ones again."""


@final
class Deduplicated(Wrapper):
    """Never proposes a canonical key that was asked before in this search, or that somebody has added.

    After `attempts` repeats in a row the space, or what the strategy makes of it, counts as exhausted and fewer are
    returned. With 1,000 an unseen rest that the strategy draws once in 200 times is missed less than once in 100 asks.
    """

    name: ClassVar[str] = "deduplicated"

    def __init__(
        self, strategy: Strategy, canonical_key: Callable[[Architecture], str], *, attempts: int = 1_000
    ) -> None:
        super().__init__(strategy)
        self._attempts = attempts
        self._canonical_key = lru_cache(KEYS_REMEMBERED)(canonical_key)
        self._asked: set[str] = set()
        self._is_new = self._test()

    def _test(self) -> Test:
        return Test(
            lambda architecture: self._canonical_key(architecture) not in self._asked,
            self._attempts,
            "had been proposed before, or are equal to such",
        )

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:
        """Asks for one after the other, so that there are no two alike in what is returned either."""
        found: list[Proposal] = []
        self._is_new = self._test()
        accepts = accepts.also(self._is_new)
        while len(found) < count and (drawn := self._strategy.ask(1, accepts)):
            self._asked.add(self._canonical_key(drawn[0].architecture))
            found.extend(drawn)
        return found

    def add(self, trials: Sequence[Trial]) -> None:  # noqa: D102
        self._asked.update(trial.canonical_key for trial in trials)
        super().add(trials)

    @property
    def ending(self) -> str:  # noqa: D102
        return self._is_new.ending if self._is_new.gave_up else self._strategy.ending

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:
        """Takes the state of the strategy inside back; the keys are in the history."""
        super().restore(state, history)
        self._asked = {trial.canonical_key for trial in history}
