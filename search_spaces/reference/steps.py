"""Chains of convolutions and poolings as data, with forks into parallel branches: the inception networks on one screen.

>>> chain = (convolution(64), Fork((convolution(32),), (MAX_POOL_SAME, convolution(32, 3))))
>>> g = GraphBuilder((3, 8, 8))
>>> add_chain(g, g.image, chain, conv_relu).shape
(64, 8, 8)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from search_spaces.graph import GraphBuilder, Value
from search_spaces.layers import Pair

Unit = Callable[[GraphBuilder, Value, "Convolution"], Value]
"""How a network writes each of its convolutions: with what before and after it."""


class Step(Protocol):
    """One entry of a chain."""

    def add_to(self, g: GraphBuilder, x: Value, unit: Unit) -> Value:
        """Adds its layers after `x`."""
        ...


Chain = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution; without a padding, stride 1 keeps height and width."""

    channels: int
    kernel: int | Pair
    stride: int
    padding: int | None

    def add_to(self, g: GraphBuilder, x: Value, unit: Unit) -> Value:
        """Adds the network's unit."""
        return unit(g, x, self)

    def alone(self, g: GraphBuilder, x: Value, *, bias: bool) -> Value:
        """Adds the convolution and nothing else."""
        return g.conv(
            x, self.channels, kernel=self.kernel, stride=self.stride, padding=self.padding, bias=bias
        )


@dataclass(frozen=True, slots=True)
class Pooling:
    """The largest or the mean value of a window."""

    kind: str
    kernel: int
    stride: int
    padding: int
    ceil: bool = False

    def add_to(self, g: GraphBuilder, x: Value, unit: Unit) -> Value:  # noqa: ARG002
        """Adds the pooling."""
        return g.pool(
            x, self.kind, kernel=self.kernel, stride=self.stride, padding=self.padding, ceil=self.ceil
        )


class Fork:
    """Branches side by side on one input, their channels concatenated in the order given."""

    def __init__(self, *branches: Chain) -> None:
        self._branches = branches

    def add_to(self, g: GraphBuilder, x: Value, unit: Unit) -> Value:
        """Adds each branch as a part of its own; one without steps hands `x` on."""
        ends = []
        for number, branch in enumerate(self._branches):
            with g.scope(f"branch{number}"):
                ends.append(add_chain(g, x, branch, unit))
        return g.concat(ends)


HALVE = Pooling("max", kernel=2, stride=2, padding=0)
MAX_POOL = Pooling("max", kernel=3, stride=2, padding=0)
MAX_POOL_CEIL = Pooling("max", kernel=3, stride=2, padding=0, ceil=True)
"""The last window may reach over the edge, so that an even side is halved exactly."""
MAX_POOL_SAME = Pooling("max", kernel=3, stride=1, padding=1)
AVERAGE_POOL_SAME = Pooling("average", kernel=3, stride=1, padding=1)


def convolution(
    channels: int, kernel: int | Pair = 1, *, stride: int = 1, padding: int | None = None
) -> Convolution:
    """Returns a convolution for a chain."""
    return Convolution(channels, kernel, stride, padding)


def add_chain(g: GraphBuilder, x: Value, chain: Chain, unit: Unit) -> Value:
    """Adds the steps one after the other."""
    for step in chain:
        x = step.add_to(g, x, unit)
    return x


def add_parts(g: GraphBuilder, x: Value, name: str, chains: Iterable[Chain], unit: Unit) -> Value:
    """Adds chains one after the other, each a part of the network: `name`1, `name`2, ...."""
    for number, chain in enumerate(chains, start=1):
        with g.scope(f"{name}{number}"):
            x = add_chain(g, x, chain, unit)
    return x


def conv_relu(g: GraphBuilder, x: Value, conv: Convolution) -> Value:
    """ReLU(conv(x) + bias): as everybody wrote it before batch normalisation."""
    return g.relu(conv.alone(g, x, bias=True))


def conv_norm_relu(g: GraphBuilder, x: Value, conv: Convolution) -> Value:
    """ReLU(BN(conv(x))). Ioffe and Szegedy 2015, section 3.2."""
    return g.relu(g.norm(conv.alone(g, x, bias=False)))
