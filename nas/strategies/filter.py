"""What a strategy may propose: tests that wrappers add on the way in, and when to give up drawing.

A strategy puts every candidate it considers to the filter and proposes what passes. It may look at many for one that it
proposes, so it can learn from what does not pass; a wrapper that threw proposals away would hide that from it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from search_spaces.architecture import Architecture


@dataclass
class Test:
    """One condition. So many draws in a row that do not meet it, and drawing on is held to be in vain."""

    is_met: Callable[[Architecture], bool]
    attempts: int
    reason: str
    """What becomes of those that do not meet it, such as "did not keep to the limits"."""
    failed_in_a_row: int = 0
    swept: bool = False
    """Whether the whole space was looked at and nothing in it may be proposed."""

    def __call__(self, architecture: Architecture) -> bool:
        """Returns whether the condition is met, and counts."""
        met = self.is_met(architecture)
        self.failed_in_a_row = 0 if met else self.failed_in_a_row + 1
        return met

    @property
    def gave_up(self) -> bool:
        """Whether it is in vain to draw on."""
        return self.swept or self.failed_in_a_row >= self.attempts

    @property
    def ending(self) -> str:
        """Why there are no more proposals, for a test that gave up."""
        if self.swept:
            return "no more architectures were found in all of the space"
        return f"the last {self.attempts:,} drawn {self.reason}"


class Filter:
    """Conditions that a proposal has to meet, put in order: the first that is not met decides."""

    def __init__(self, *tests: Test) -> None:
        self._tests = tests

    def __call__(self, architecture: Architecture) -> bool:
        """Returns whether every condition is met, and counts."""
        return all(test(architecture) for test in self._tests)

    def permits(self, architecture: Architecture) -> bool:
        """Returns whether every condition is met; for candidates that are looked at one and all, nothing is counted."""
        return all(test.is_met(architecture) for test in self._tests)

    def sweep(self, candidates: Iterable[Architecture]) -> Architecture | None:
        """Returns the first of the candidates that is permitted; None, and all tests give up, where there is none.

        `candidates` are a whole space.
        """
        found = next(filter(self.permits, candidates), None)
        for test in self._tests:
            test.failed_in_a_row, test.swept = 0, found is None
        return found

    def also(self, test: Test) -> "Filter":
        """Returns a filter with one more condition, the first to be looked at."""
        return Filter(test, *self._tests)

    @property
    def gave_up(self) -> bool:
        """Whether one of the conditions was not met so often in a row that it is in vain to draw on."""
        return any(test.gave_up for test in self._tests)


ANYTHING = Filter()
