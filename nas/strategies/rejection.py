"""Drawing again until a proposal is accepted: what the wrappers around strategies share."""

from collections.abc import Callable

from nas.strategies.base import Strategy
from nas.trial import Proposal
from search_spaces.architecture import Architecture


class Rejection:
    """Draws from a strategy what `accepts` lets through, and gives up after `attempts` rejections in a row.

    Draws come one at a time, so that asking for several is the same as asking for one several times, and no proposal
    of the strategy is lost. `reason` says what became of so many draws, such as "did not keep to the limits".
    """

    def __init__(
        self, strategy: Strategy, accepts: Callable[[Architecture], bool], attempts: int, reason: str
    ) -> None:
        self._strategy, self._accepts, self._attempts, self._reason = strategy, accepts, attempts, reason
        self._rejected_in_a_row = 0

    def ask(self, count: int) -> list[Proposal]:
        """Returns `count` proposals in the order they were drawn, fewer when the strategy has none or it gave up."""
        accepted: list[Proposal] = []
        self._rejected_in_a_row = 0
        while len(accepted) < count and self._rejected_in_a_row < self._attempts:
            drawn = self._strategy.ask(1)
            if not drawn:
                break
            if self._accepts(drawn[0].architecture):
                accepted.extend(drawn)
                self._rejected_in_a_row = 0
            else:
                self._rejected_in_a_row += 1
        return accepted

    @property
    def ending(self) -> str:
        """Why the last `ask` gave fewer than it was asked for."""
        if self._rejected_in_a_row < self._attempts:
            return self._strategy.ending
        return f"no more architectures were found: the last {self._attempts:,} drawn {self._reason}"
