"""A space of one's own: how deep and how wide a plain chain of convolutions shall be."""

from dataclasses import dataclass

from search_spaces.architecture import Architecture
from search_spaces.graph import Graph, GraphBuilder, Shape
from search_spaces.registry import space
from search_spaces.space import Decision, Space


@space
@dataclass(frozen=True)
class ChainSpace(Space):
    name = "chain"
    kernel: int = 3

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return (Decision("depth", ("2", "3", "4")), Decision("width", ("8", "16", "32")))

    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:
        depth, width = map(int, self.describe(architecture).values())
        g = GraphBuilder(image)
        x = g.image
        for _ in range(depth):
            x = g.relu(g.norm(g.conv(x, width, kernel=self.kernel, stride=2)))
        return g.finish(g.classifier(x, classes=classes))
