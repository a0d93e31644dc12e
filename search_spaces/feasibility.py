"""What the networks of a space cost, and which limits on that it can meet: known before anything is trained."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from statistics import median_low
from typing import NamedTuple

from search_spaces.architecture import Architecture
from search_spaces.complexity import Cost
from search_spaces.graph import Shape
from search_spaces.space import Space

RARE = 1 / 10_000
"""Limits that a smaller share of a space keeps make a search slow, and let it end early."""
TALLY_SAMPLES = 20_000
"""Architectures to look at before limits are judged; two inside prove that the share of these is not below `RARE`."""
TALLY_SECONDS = 30.0

Progress = Callable[[int, int], None]
"""Told how many of how many architectures have been looked at."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a network may cost at most; None is no limit."""

    parameters: int | None = None
    multiply_adds: int | None = None

    def allow(self, cost: Cost) -> bool:
        """Whether all limits are kept at once."""
        return (self.parameters is None or cost.parameters <= self.parameters) and (
            self.multiply_adds is None or cost.multiply_adds <= self.multiply_adds
        )


class Spread(NamedTuple):
    """Three of many values in order; the median is one of them."""

    smallest: int
    median: int
    largest: int


@dataclass(frozen=True, slots=True)
class Survey:
    """The costs of some architectures of a space, drawn uniformly; of all of them where `is_complete`."""

    costs: tuple[Cost, ...]
    is_complete: bool

    def spread(self, measure: Callable[[Cost], int]) -> Spread:
        """Returns how a measure of cost is spread."""
        values = [measure(cost) for cost in self.costs]
        return Spread(min(values), median_low(values), max(values))

    def allowed(self, limits: Limits) -> int:
        """Returns how many keep to the limits."""
        return sum(map(limits.allow, self.costs))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of `seen` architectures keep to some limits; they are all of the space where `is_complete`."""

    allowed: int
    seen: int
    is_complete: bool

    @property
    def is_none(self) -> bool:
        """Whether no architecture keeps to the limits, as far as can be told."""
        return self.allowed == 0 and (self.is_complete or self.seen >= TALLY_SAMPLES)

    @property
    def is_rare(self) -> bool:
        """Whether fewer than one architecture in `1 / RARE` keeps to the limits."""
        return self.allowed < RARE * self.seen


def survey(
    space: Space, image: Shape, classes: int, samples: int, rng: Random, on_progress: Progress | None = None
) -> Survey:
    """Returns the costs of `samples` architectures, or of all of a space that has no more.

    Raises `SpaceError` where the pictures are too small for one of them.
    """
    costs: list[Cost] = []
    for architecture in _candidates(space, samples, rng):
        costs.append(space.price(architecture, image, classes))
        if on_progress:
            on_progress(len(costs), min(samples, space.size))
    return Survey(tuple(costs), space.size <= samples)


def tally(
    space: Space,
    image: Shape,
    classes: int,
    limits: Limits,
    rng: Random,
    *,
    seconds: float = TALLY_SECONDS,
    on_progress: Progress | None = None,
) -> Tally:
    """Returns how many of `TALLY_SAMPLES` random architectures keep to the limits, or of all of a smaller space.

    It stops early where so many do that the share cannot be below `RARE` any more, and when the time is up.
    """
    stop_at = time.monotonic() + seconds
    allowed = seen = 0
    for architecture in _candidates(space, TALLY_SAMPLES, rng):
        allowed += limits.allow(space.price(architecture, image, classes))
        seen += 1
        if on_progress:
            on_progress(seen, min(TALLY_SAMPLES, space.size))
        if allowed >= RARE * TALLY_SAMPLES or time.monotonic() > stop_at:
            break
    return Tally(allowed, seen, seen == space.size)


def minimum_cost(space: Space, image: Shape, classes: int) -> Cost:
    """Returns for each measure the smallest value in the space; no one architecture need have all three.

    Exact for the spaces that come with the product and for any of at most `space.MAX_ENUMERATED` architectures. For a
    larger space whose `cheapest` yields nothing, such as `macro` with strides, all three are 0: no limit can be
    refused in advance.
    """
    costs = [space.price(one, image, classes) for one in space.cheapest(image, classes)]
    if not costs:
        return Cost()
    return Cost(
        min(one.parameters for one in costs),
        min(one.multiply_adds for one in costs),
        min(one.activation_bytes for one in costs),
    )


def _candidates(space: Space, samples: int, rng: Random) -> Iterator[Architecture]:
    """Yields so many random architectures, or all of a space that has no more."""
    if space.size <= samples:
        yield from space.enumerate()
    else:
        yield from (space.random(rng) for _ in range(samples))
