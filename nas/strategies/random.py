"""Random search: every decision uniform, nothing learnt. The yardstick of every other strategy."""

from collections.abc import Sequence
from random import Random
from typing import ClassVar, final

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.random_state import random_state, restore_random
from nas.strategies.state import pack, unpack
from nas.trial import Feedback, Proposal, Trial
from search_spaces.space import Space


@final
class RandomSearch(Strategy):
    """Draws architectures uniformly and independently; the same one may come again."""

    name: ClassVar[str] = "random"

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._random = Random(seed)

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:  # noqa: D102
        found: list[Proposal] = []
        while len(found) < count and not accepts.gave_up:
            architecture = self._space.random(self._random)
            if accepts(architecture):
                found.append(Proposal(architecture))
        return found

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:  # noqa: ARG002, D102
        return Feedback(baselines=(None,) * len(completed))

    def save(self) -> bytes:  # noqa: D102
        return pack(self.name, {"random": random_state(self._random)})

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:  # noqa: ARG002, D102
        restore_random(self._random, unpack(self.name, state)[0]["random"])
