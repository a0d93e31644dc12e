"""Regularised evolution: of a few members of a population the best is mutated, and the oldest member dies.

Real et al. 2019, algorithm 1, asynchronously as there: a child is made whenever a worker is free, and joins when it is
trained. One decision of the parent changes, each as likely as the others, to another of its options; of the paper's
three mutations these are the hidden state and the operation, without the identity, which would train a twin.

A population smaller than the published one finds more within the first hundred trials: `small` and `medium`. Measured
on NAS-Bench-201 (CIFAR-10, 12 epochs; batches of 8, no repeats, 200 seeds), test accuracy in percent of the best by
validation; the best there is has 89.03, and random search reaches 88.11, 88.42 and 88.48:

| preset    | 100 trials | 300   | 500   |
|-----------|------------|-------|-------|
| published | 88.11      | 89.01 | 89.02 |
| small     | 88.73      | 88.91 | 88.95 |
| medium    | 88.48      | 88.97 | 89.00 |
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, ClassVar, final

from annotated_types import Ge, Le

from nas.errors import ConfigError
from nas.strategies.base import Strategy
from nas.strategies.best import Values, place_of_best
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.mutation import mutated
from nas.strategies.random_state import random_state, restore_random
from nas.strategies.state import pack, unpack
from nas.trial import Feedback, Proposal, Trial
from search_spaces.architecture import Architecture
from search_spaces.space import Space

MUTANTS = 200
"""So many rejected in a row, and what the population leads to counts as known; then draws are uniform."""


@dataclass(frozen=True, slots=True)
class EvolutionSettings:
    """The two numbers of the algorithm, as published. The annotations are what is accepted."""

    population: Annotated[int, Ge(1), Le(100_000)] = 100
    """P: results that are alive; so many are drawn uniformly before the first is mutated [20-100]."""
    sample: Annotated[int, Ge(1), Le(100_000)] = 25
    """S: members that compete to be the parent, drawn with replacement [2-50]."""


DEFAULT_SETTINGS = EvolutionSettings()

PRESETS: Mapping[str, EvolutionSettings] = {
    "published": DEFAULT_SETTINGS,  # Real et al. 2019, section 3 and appendix A
    "small": EvolutionSettings(population=30, sample=25),
    "medium": EvolutionSettings(population=50, sample=10),
}


def build_evolution(space: Space, seed: int, settings: EvolutionSettings) -> "Evolution":
    """Returns the strategy; raises `ConfigError` where more are to compete than are alive."""
    if settings.sample > settings.population:
        raise ConfigError(
            f"strategy 'evolution': sample: expected at most the population of {settings.population}, "
            f"got {settings.sample}; set a smaller sample or a larger population"
        )
    return Evolution(space, seed, settings)


@final
class Evolution(Strategy):
    """A queue of results, the newest on the right."""

    name: ClassVar[str] = "evolution"

    def __init__(self, space: Space, seed: int, settings: EvolutionSettings = DEFAULT_SETTINGS) -> None:
        self._space, self._settings = space, settings
        self._random = Random(seed)
        self._asked = 0
        self._members: deque[tuple[int, Architecture, Values]] = deque(maxlen=settings.population)

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:  # noqa: D102
        found: list[Proposal] = []
        rejected = 0
        while len(found) < count and not accepts.gave_up:
            proposal = self._child() if rejected < MUTANTS else self._drawn()
            if accepts(proposal.architecture):
                found.append(proposal)
                self._asked, rejected = self._asked + 1, 0
            else:
                rejected += 1
        return found

    def _drawn(self) -> Proposal:
        return Proposal(self._space.random(self._random))

    def _child(self) -> Proposal:
        """Returns a mutant of the best of a sample; while the first population is not yet asked for, a random one."""
        if self._asked < self._settings.population or not self._members:
            return self._drawn()
        sample = self._random.choices(self._members, k=self._settings.sample)
        best = place_of_best([values for _, _, values in sample])
        number, architecture, _ = sample[best]
        return Proposal(mutated(self._space, architecture, self._random), parent=number)

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:  # noqa: ARG002
        """Adds the results on the right; what falls out on the left has died."""
        self._members.extend(
            (trial.number, trial.architecture, trial.values) for trial in completed if trial.values
        )
        return Feedback(baselines=(None,) * len(completed))

    def save(self) -> bytes:
        """Returns who is alive by number, oldest first; their results are in the history."""
        record = {
            "asked": self._asked,
            "alive": [number for number, _, _ in self._members],
            "random": random_state(self._random),
        }
        return pack(self.name, record)

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:  # noqa: D102
        record, _ = unpack(self.name, state)
        trials = {trial.number: trial for trial in history}
        self._asked = record["asked"]
        self._members.clear()
        self._members.extend(
            (number, trials[number].architecture, trials[number].values) for number in record["alive"]
        )
        restore_random(self._random, record["random"])
