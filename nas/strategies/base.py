"""The interface of all strategies: ask for architectures, tell what became of them.

A worked example with two workers; `a0` stands for a proposal, `t0` for the finished trial of it:

| call                                | returns             | the strategy then knows           |
|-------------------------------------|---------------------|-----------------------------------|
| `ask(2)`                            | `[a0, a1]`          | nothing but what it proposed      |
| `tell([t1], running=[t0])`          | `Feedback((b1,))`   | one result, one in work           |
| `ask(1)`                            | `[a2]`              |                                   |
| `tell([t0], running=[t2])`          | `Feedback((b0,))`   | results come in any order         |
| `add([t3])`                         |                     | that somebody wants `t3` tried    |
| `tell([t3], running=[t2])`          | `Feedback((None,))` | the result of what was not its    |
| `save()`, then `restore(...)` there | `bytes`             | the same; both ask for `a4` next  |
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from nas.strategies.filter import ANYTHING, Filter
from nas.trial import Feedback, Proposal, Trial


class Strategy(ABC):
    """Chooses architectures. Deterministic: the same seed and the same calls in the same order give the same answers.

    Not thread-safe. State is plain data (JSON and safetensors), never a pickle.
    """

    name: ClassVar[str]

    @abstractmethod
    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:
        """Returns `count` proposals that `accepts` lets through.

        Fewer only when there is nothing left to propose, or when `accepts` gave up.
        """

    @property
    def ending(self) -> str:
        """Why the last `ask` gave fewer proposals than it was asked for; of no meaning where it did not.

        The reason alone, in words that follow "space exhausted after 22 architectures: ".
        """
        return "there are no more architectures to propose"

    def add(self, trials: Sequence[Trial]) -> None:  # noqa: B027 - many a strategy need not know
        """Takes in trials that somebody wanted, which it was not asked for: their `origin` says so.

        They count as running from here on, and what becomes of them is told as of any other. No policy drew them, so
        they have no log-probability and are no sample to learn a policy's gradient from.
        """

    @abstractmethod
    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:
        """Learns from trials that just completed or failed, in this order; `running` are those still in work.

        Inside the wrappers of `nas.strategies.wrapped` a child that failed has every value at minus infinity, worse
        than any result, and a failure of the machinery, which says nothing about the child, is not told at all.
        """

    @abstractmethod
    def save(self) -> bytes:
        """Returns the state. What follows from the trials asked so far need not be in it."""

    @abstractmethod
    def restore(self, state: bytes, history: Sequence[Trial]) -> None:
        """Takes a saved state back; `history` are the trials asked up to then, by number, in their state of then."""
