"""A space whose prices are known without any network: for tests of limits."""

from dataclasses import dataclass
from typing import ClassVar

from search_spaces.architecture import Architecture
from search_spaces.complexity import Cost
from search_spaces.graph import Graph, GraphBuilder, Shape
from search_spaces.space import Decision, Space


@dataclass(frozen=True)
class Dial(Space):
    """Six dials of ten digits; the number they show is the price, and what it lacks to a million is the other one."""

    name: ClassVar[str] = "dial"

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return tuple(Decision(f"digit{place}", tuple("0123456789")) for place in range(6))

    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:
        g = GraphBuilder(image)
        return g.finish(g.classifier(g.image, classes=classes))

    def price(self, architecture: Architecture, image: Shape, classes: int) -> Cost:
        number = int("".join(map(str, architecture.tokens)))
        return Cost(number, 10**6 - number)
