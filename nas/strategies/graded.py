"""Failures told as what they are: a wrapper around any strategy."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import ClassVar, final

from nas.strategies.base import Strategy
from nas.strategies.wrapper import Wrapper
from nas.trial import Feedback, Trial


@final
class Graded(Wrapper):
    """Tells of a child's own failure as a result worse than any other, and of a failure of the machinery nothing.

    A failed child has minus infinity for each of the `objectives`: to be avoided, though nobody knows how bad it is. A
    lost worker says nothing about the child, so the strategy sees it leave the running trials and no more.
    """

    name: ClassVar[str] = "graded"

    def __init__(self, strategy: Strategy, *, objectives: int = 1) -> None:
        super().__init__(strategy)
        self._worst = (-inf,) * objectives if objectives > 1 else ()

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:
        """Returns the feedback with None for the baselines of what the strategy was not told."""
        feedback = self._strategy.tell(self._graded(completed), running)
        told = iter(feedback.baselines)
        return replace(
            feedback, baselines=tuple(None if _says_nothing(trial) else next(told) for trial in completed)
        )

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:  # noqa: D102
        self._strategy.restore(state, self._graded(history))

    def _graded(self, trials: Sequence[Trial]) -> list[Trial]:
        return [self._grade(trial) for trial in trials if not _says_nothing(trial)]

    def _grade(self, trial: Trial) -> Trial:
        return replace(trial, reward=-inf, objectives=self._worst) if trial.failure else trial


def _says_nothing(trial: Trial) -> bool:
    return trial.failure is not None and trial.failure.is_infrastructure
