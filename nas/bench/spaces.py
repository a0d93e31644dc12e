"""What a space takes to price an architecture and to tell whether it is a new one, beside building its network.

These three are measured in the same run, on the same architectures, in processor time: machines differ, and so do their
hours, but not much the ratios. Finding the smallest cost of a space, for limits that none can keep, is measured once.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from random import Random
from statistics import median

from search_spaces.architecture import Architecture
from search_spaces.feasibility import minimum_cost
from search_spaces.graph import Shape
from search_spaces.space import Space


@dataclass(frozen=True, slots=True)
class SpaceTimes:
    """Medians over architectures, in milliseconds of processor time, parts of networks being known already."""

    space: str
    build_ms: float
    price_ms: float
    key_ms: float
    cheapest_ms: float
    """Of finding the smallest cost of all architectures, once."""


def measure_space(space: Space, image: Shape, classes: int, *, samples: int, seed: int) -> SpaceTimes:
    """Returns what so many random architectures take, after as many others that are not counted."""
    cheapest_ms = _ms_of(lambda: minimum_cost(space, image, classes))
    rng = Random(seed)
    known, counted = ([space.random(rng) for _ in range(samples)] for _ in range(2))

    def typical_ms(work: Callable[[Architecture], object]) -> float:
        _milliseconds(work, known)
        return median(_milliseconds(work, counted))

    return SpaceTimes(
        space.name,
        build_ms=typical_ms(lambda architecture: space.network(architecture, image, classes)),
        price_ms=typical_ms(lambda architecture: space.price(architecture, image, classes)),
        key_ms=typical_ms(space.canonical_key),
        cheapest_ms=cheapest_ms,
    )


def _milliseconds(
    work: Callable[[Architecture], object], architectures: Iterable[Architecture]
) -> list[float]:
    return [_ms_of(partial(work, architecture)) for architecture in architectures]


def _ms_of(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)
