"""What all wrappers around a strategy share: what one of them does not change goes on to the strategy inside."""

from collections.abc import Sequence

from nas.strategies.base import Strategy
from nas.strategies.filter import ANYTHING, Filter
from nas.trial import Feedback, Proposal, Trial


class Wrapper(Strategy):
    """Hands every call on to `self._strategy`; its state is that of the strategy inside."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:  # noqa: D102
        return self._strategy.ask(count, accepts)

    @property
    def ending(self) -> str:  # noqa: D102
        return self._strategy.ending

    def add(self, trials: Sequence[Trial]) -> None:  # noqa: D102
        self._strategy.add(trials)

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:  # noqa: D102
        return self._strategy.tell(completed, running)

    def save(self) -> bytes:  # noqa: D102
        return self._strategy.save()

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:  # noqa: D102
        self._strategy.restore(state, history)
