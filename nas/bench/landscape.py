"""Synthetic problems with a known optimum: landscapes of decisions that depend on each other.

After the NK model, Kauffman and Weinberger 1989, section 2. "nk20" has 20 decisions on a hidden ring: which are
neighbours there, nobody is told.

1. The contribution of a decision is a random table over itself and the next `NEIGHBOURS` on the ring. Half of its
   variance belongs to the decision alone, as in spaces of networks, where a good operation is good in most places;
   the rest is Kauffman's and belongs to combinations. Decisions matter unequally (log-normal weights).
2. Some pairs of options of neighbours do not go together: such a training fails, after part of its time. Of random
   architectures about `FAILING` do. The optimum is the best of those that work; it is found exactly
   (`nas.bench.elimination`), which a ring allows and a strategy that does not know the ring cannot repeat.
3. What a training gives is the true value and noise, different for each architecture, repeat and seed.
4. How long it takes depends on the choices.
5. The score is the regret of the choice: 0 at the optimum, 1 at the median of random architectures that work.

Every seed has a landscape of its own, so a result is one over many landscapes. Constants are to be chosen on seeds from
1,000,000 on (`--first-seed`) and reported on others: 0, 1, 2, ... are those that `nas bench strategies` takes.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist
from typing import Any

import numpy as np

from nas.bench.choices import Choices
from nas.bench.elimination import Factor, maximise
from nas.bench.problem import Benchmark, Measure, Problem, Training
from nas.bench.refusals import BenchmarkError
from search_spaces.architecture import Architecture

NAMES = ("nk6", "nk20", "nk40")
FEWEST, MOST = 4, 100
NEIGHBOURS = 2
FAILING = 0.2
MAIN_SHARE = 0.5
"""Of a contribution's variance: what the decision gives whatever the others are."""
WEIGHT_SPREAD = 0.5
"""Standard deviation of the logarithm of how much a decision matters."""
SECONDS, SECONDS_SPREAD = 100.0, 0.35
"""Median of a training's time, and the standard deviation of its logarithm."""
FAILED_SHARE = 0.3
"""Of its time that a training takes until it fails."""
BEST_VALUE, VALUE_RANGE, NOISE = 0.95, 0.15, 0.02
"""What the optimum is told as, how much lower the median is, and the standard deviation of noise as a regret."""
MEDIAN_SAMPLES = 4_000
NORMAL = NormalDist()

Ring = Sequence[Any]
"""The options chosen, in the order of the ring: a whole number for each, or an array with one for each of many."""


def option_counts(decisions: int) -> tuple[int, ...]:
    """Returns how many options each decision has: five in small landscapes, then four, then two to six of each."""
    if decisions <= 10:
        return (5,) * decisions
    if decisions <= 30:
        return (4,) * decisions
    return tuple(np.random.default_rng(decisions).integers(2, 7, decisions).tolist())


@dataclass(frozen=True)
class Landscapes(Benchmark):
    """All landscapes of so many decisions: their space is the same, their values are not."""

    decisions: int
    measure = Measure("regret (0 optimum, 1 median)", 3, lower_is_better=True)
    has_durations = True
    compute_unit = "training seconds"

    def __post_init__(self) -> None:
        if not FEWEST <= self.decisions <= MOST:
            raise BenchmarkError(
                f"benchmark nk{self.decisions}: expected nk{FEWEST} to nk{MOST}, got {self.decisions} decisions"
            )

    @classmethod
    def parse(cls, text: str) -> "Landscapes | None":
        """Returns the landscapes of that name, such as "nk20"; None where it is no such name."""
        found = re.fullmatch(r"nk(\d{1,9})", text)
        return cls(int(found[1])) if found else None

    @property
    def name(self) -> str:  # type: ignore[override]  # noqa: D102
        return f"nk{self.decisions}"

    def problem(self, seed: int) -> "Landscape":
        """Returns the landscape of that seed, noise included."""
        return _landscape(self.decisions, seed)


class Landscape(Problem):
    """One landscape. `optimum` is the best architecture that works."""

    def __init__(self, decisions: int, seed: int) -> None:
        counts = option_counts(decisions)
        options = tuple(
            (f"decision{index}", tuple(f"option{token}" for token in range(count)))
            for index, count in enumerate(counts)
        )
        self.space = Choices(options)
        self.best = 0.0
        self._seed = seed
        rng = np.random.default_rng((decisions, seed))
        self._order: list[int] = rng.permutation(decisions).tolist()
        on_ring = [counts[place] for place in self._order]
        self._contributions = [_contribution(rng, on_ring, place) for place in range(decisions)]
        self._failing = _failing_pairs(rng, on_ring)
        self._log_seconds = [rng.normal(0, SECONDS_SPREAD / math.sqrt(decisions), count) for count in on_ring]
        self._optimum_value, chosen = maximise([*self._contributions, *self._failing], decisions)
        self.optimum = self.space.architecture(self._off_ring(chosen))
        samples = [rng.integers(0, count, MEDIAN_SAMPLES) for count in on_ring]
        values = self._values(samples)
        self._median_value = float(np.median(values[np.isfinite(values)]))
        self.mean_compute = float(
            np.mean(self._seconds(samples) * np.where(np.isfinite(values), 1, FAILED_SHARE))
        )

    def train(self, architecture: Architecture, repeat: int = 0) -> Training:
        """Returns the true value and noise, or a failure where a pair of options does not go together."""
        ring = self._on_ring(architecture)
        seconds = float(self._seconds(ring))
        regret = self._regret(ring)
        if math.isinf(regret):
            return Training(None, FAILED_SHARE * seconds, FAILED_SHARE * seconds)
        value = BEST_VALUE - VALUE_RANGE * (regret + NOISE * self._noise(architecture, repeat))
        return Training(value, seconds, seconds)

    def score(self, architecture: Architecture) -> float:
        """Returns the regret without noise; infinite where the training fails."""
        return self._regret(self._on_ring(architecture))

    def canonical_key(self, architecture: Architecture) -> str:
        """Returns the architecture as text: no two are alike."""
        return str(architecture)

    def _regret(self, ring: Ring) -> float:
        value = float(self._values(ring))
        return max(0.0, (self._optimum_value - value) / (self._optimum_value - self._median_value))

    def _values(self, ring: Ring) -> Any:
        """Returns the sum of all factors for the options on the ring; -inf where a pair does not go together."""
        factors = (*self._contributions, *self._failing)
        return sum(table[tuple([ring[place] for place in places])] for places, table in factors)

    def _seconds(self, ring: Ring) -> Any:
        logarithm = sum(effects[chosen] for effects, chosen in zip(self._log_seconds, ring, strict=True))
        return SECONDS * np.exp(logarithm)

    def _noise(self, architecture: Architecture, repeat: int) -> float:
        """Returns a standard normal number that belongs to this training of this search."""
        text = f"{self._seed}:{architecture}:{repeat}"
        number = int.from_bytes(blake2b(text.encode(), digest_size=6).digest())
        return NORMAL.inv_cdf((number + 0.5) / 2**48)

    def _on_ring(self, architecture: Architecture) -> Ring:
        return [architecture.tokens[place] for place in self._order]

    def _off_ring(self, chosen: tuple[int, ...]) -> list[int]:
        tokens = [0] * len(chosen)
        for place, token in zip(self._order, chosen, strict=True):
            tokens[place] = token
        return tokens


@lru_cache(maxsize=4)
def _landscape(decisions: int, seed: int) -> Landscape:
    return Landscape(decisions, seed)


def _contribution(rng: np.random.Generator, counts: list[int], place: int) -> Factor:
    """Returns the table of what the decision at a place of the ring gives, with its neighbours."""
    places = tuple((place + step) % len(counts) for step in range(NEIGHBOURS + 1))
    shape = [counts[one] for one in places]
    alone = rng.normal(0, math.sqrt(MAIN_SHARE), (shape[0], *[1] * NEIGHBOURS))
    together = rng.normal(0, math.sqrt(1 - MAIN_SHARE), shape)
    return Factor(places, math.exp(rng.normal(0, WEIGHT_SPREAD)) * (alone + together))


def _failing_pairs(rng: np.random.Generator, counts: list[int]) -> list[Factor]:
    """Returns factors that are -inf for one pair of options of neighbours each, until enough architectures fail."""
    factors: list[Factor] = []
    working = 1.0
    while working > 1 - FAILING:
        place = int(rng.integers(len(counts)))
        places = (place, (place + 1) % len(counts))
        shape = (counts[places[0]], counts[places[1]])
        table = np.zeros(shape)
        table[int(rng.integers(shape[0])), int(rng.integers(shape[1]))] = -np.inf
        factors.append(Factor(places, table))
        working *= 1 - 1 / (shape[0] * shape[1])
    return factors
