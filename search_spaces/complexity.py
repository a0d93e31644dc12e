"""What a network costs, read off its graph: no module is built and torch is not needed."""

from dataclasses import dataclass

from search_spaces.graph import Graph

BYTES_A_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """Learnt numbers; multiply-adds for one picture; bytes of all layers' outputs for one picture in float32."""

    parameters: int
    multiply_adds: int
    activation_bytes: int

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.parameters + other.parameters,
            self.multiply_adds + other.multiply_adds,
            self.activation_bytes + other.activation_bytes,
        )


def layer_costs(graph: Graph) -> list[Cost]:
    """Returns the cost of each node, in order."""
    return [
        Cost(
            node.layer.parameters(),
            node.layer.multiply_adds(node.shape),
            BYTES_A_NUMBER * node.shape[0] * node.shape[1] * node.shape[2],
        )
        for node in graph.nodes
    ]


def cost(graph: Graph) -> Cost:
    """Returns the cost of the whole network."""
    return sum(layer_costs(graph), Cost(0, 0, 0))
