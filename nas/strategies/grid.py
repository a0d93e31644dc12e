"""Grid search: all architectures of a space in order of their tokens, for spaces small enough to see whole."""

from collections.abc import Sequence
from itertools import islice
from typing import ClassVar, final

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.state import pack, unpack
from nas.trial import Feedback, Proposal, Trial
from search_spaces.space import Space


@final
class Grid(Strategy):
    """Proposes `space.enumerate()`, each architecture once, and then nothing more."""

    name: ClassVar[str] = "grid"

    def __init__(self, space: Space) -> None:
        self._space = space
        self._passed = 0
        self._rest = space.enumerate()

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:  # noqa: D102
        found: list[Proposal] = []
        while len(found) < count and not accepts.gave_up:
            architecture = next(self._rest, None)
            if architecture is None:
                break
            self._passed += 1
            if accepts(architecture):
                found.append(Proposal(architecture))
        return found

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:  # noqa: ARG002, D102
        return Feedback(baselines=(None,) * len(completed))

    def save(self) -> bytes:  # noqa: D102
        return pack(self.name, {"passed": self._passed})

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:  # noqa: ARG002, D102
        self._passed = unpack(self.name, state)[0]["passed"]
        self._rest = islice(self._space.enumerate(), self._passed, None)
