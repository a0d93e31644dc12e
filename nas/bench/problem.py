"""What strategies are compared on: a space, what training a choice gives, and how good the choice really is.

A strategy is told the value of a training, as in a search. The score, which it never sees, says what that choice was
worth: a test accuracy, or how far the noiseless value is from the best there is.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

from search_spaces.architecture import Architecture
from search_spaces.space import Space


class Training(NamedTuple):
    """What became of one training."""

    value: float | None
    """What the strategy is told, the more the better; None where the training failed."""
    seconds: float
    """On the workers' simulated clock, until the end or the failure."""
    compute: float
    """What it cost, in whatever unit the problem counts: seconds, multiply-adds or trainings."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How scores are read."""

    name: str
    """Such as "test accuracy, %"."""
    digits: int
    """Decimals that are worth showing."""
    lower_is_better: bool = False

    def improves(self, score: float, other: float) -> bool:
        """Whether the first score is the better one."""
        return score < other if self.lower_is_better else score > other

    def show(self, score: float) -> str:
        """Returns a score as text."""
        return f"{score:.{self.digits}f}"


class Problem(ABC):
    """One space with one truth."""

    space: Space
    best: float
    """The score of the best of all architectures by what a strategy is told, noise left out."""
    mean_compute: float
    """Of the training of a random architecture."""

    @abstractmethod
    def train(self, architecture: Architecture, repeat: int = 0) -> Training:
        """Returns what a training gives: the same each time for the same architecture and repeat."""

    @abstractmethod
    def score(self, architecture: Architecture) -> float:
        """Returns what the architecture is really worth."""

    @abstractmethod
    def canonical_key(self, architecture: Architecture) -> str:
        """Returns what is equal for architectures that count as one."""

    def is_feasible(self, architecture: Architecture) -> bool:  # noqa: ARG002
        """Whether it may be proposed; where a problem says no more, all may."""
        return True


class Benchmark(ABC):
    """Problems of one kind: one for every seed, or the same for all. Can be pickled."""

    name: str
    measure: Measure
    has_durations: bool
    """Whether trainings take different times; where they do not, workers finish in batches."""
    compute_unit: str
    """Such as "training seconds"; empty where every training costs the same."""
    notes: tuple[str, ...] = ()
    """What a reader of the results would not expect, a sentence each."""

    @abstractmethod
    def problem(self, seed: int) -> Problem:
        """Returns the problem that a search with this seed is run on."""
