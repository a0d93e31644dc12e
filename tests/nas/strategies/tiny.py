"""A space of 24 architectures without a network: for tests that see all of it, and of decisions of several sizes."""

from dataclasses import dataclass
from typing import ClassVar

from search_spaces.architecture import Architecture
from search_spaces.graph import Graph, Shape
from search_spaces.space import Decision, Space

COUNTS = (2, 1, 3, 4)


@dataclass(frozen=True)
class Tiny(Space):
    """Four decisions, one of which leaves no choice."""

    name: ClassVar[str] = "tiny"

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return tuple(
            Decision(f"d{place}", tuple(f"o{option}" for option in range(count)))
            for place, count in enumerate(COUNTS)
        )

    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:
        raise NotImplementedError
