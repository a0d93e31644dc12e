"""What a network costs, from its graph alone: nothing is built, and nothing needs torch.

A multiply-add counts as one, and only convolutions and linear layers have any: half of what
`torch.utils.flop_counter` counts. Additions of values, normalisation, activations and pooling count as none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from search_spaces.graph import Graph, Node
from search_spaces.layers import BatchNorm, GroupNorm

BYTES_PER_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """What one network or one layer costs, for one picture."""

    parameters: int = 0
    """Numbers learnt; the running statistics of batch normalisation are none."""
    multiply_adds: int = 0
    """Of one forward pass."""
    activation_bytes: int = 0
    """Of all layers' outputs as 32-bit numbers: about what training keeps for the backward pass."""

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.parameters + other.parameters,
            self.multiply_adds + other.multiply_adds,
            self.activation_bytes + other.activation_bytes,
        )


def cost(graph: Graph) -> Cost:
    """Returns the cost of the whole network."""
    return total(_layer_cost(node) for node in graph.nodes)


def layer_costs(graph: Graph) -> tuple[Cost, ...]:
    """Returns the cost of each node, in their order."""
    return tuple(_layer_cost(node) for node in graph.nodes)


def normalisation_multiply_adds(graph: Graph) -> int:
    """Returns what many published figures count besides: a scale and a shift for every number that is normalised."""
    return sum(2 * prod(node.shape) for node in graph.nodes if isinstance(node.layer, BatchNorm | GroupNorm))


def total(costs: Iterable[Cost]) -> Cost:
    """Returns the sum, which is zero for no costs."""
    return sum(costs, start=Cost())


def _layer_cost(node: Node) -> Cost:
    channels, height, width = node.shape
    return Cost(
        node.layer.parameters(),
        node.layer.multiply_adds(node.shape),
        BYTES_PER_NUMBER * channels * height * width,
    )
