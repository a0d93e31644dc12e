"""Only what may be trained: a wrapper around any strategy that keeps to limits on what a network costs."""

from collections.abc import Callable, Sequence
from typing import ClassVar, final

from nas.strategies.base import Strategy
from nas.strategies.rejection import Rejection
from nas.trial import Feedback, Proposal, Trial
from search_spaces.architecture import Architecture


@final
class Limited(Strategy):
    """Proposes feasible architectures only.

    An infeasible one is drawn again, which the strategy inside does not notice: a log-probability stays the policy's
    own and nothing is learnt from the rejection. After `attempts` infeasible ones in a row fewer are returned; with
    50,000, limits that one architecture in 10,000 meets are missed less than once in 100 asks.
    """

    name: ClassVar[str] = "limited"

    def __init__(
        self, strategy: Strategy, is_feasible: Callable[[Architecture], bool], *, attempts: int = 50_000
    ) -> None:
        self._strategy = strategy
        self._feasible = Rejection(strategy, is_feasible, attempts, "did not keep to the limits")

    def ask(self, count: int) -> list[Proposal]:  # noqa: D102
        return self._feasible.ask(count)

    @property
    def ending(self) -> str:  # noqa: D102
        return self._feasible.ending

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:  # noqa: D102
        return self._strategy.tell(completed, running)

    def save(self) -> bytes:
        """Returns the state of the strategy inside; there is no other."""
        return self._strategy.save()

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:  # noqa: D102
        self._strategy.restore(state, history)
