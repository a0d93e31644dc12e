"""What a hand-designed network is, and the one table of all that are known by name.

The networks are registered when the package `search_spaces.reference` is imported.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from search_spaces.complexity import cost, total
from search_spaces.drawing.whole import network_outline
from search_spaces.errors import SpaceError, unknown_name
from search_spaces.graph import Graph, GraphBuilder, Shape, Value
from search_spaces.outline import Outline

IMAGENET: Shape = (3, 224, 224)
IMAGENET_CLASSES = 1000
CIFAR: Shape = (3, 32, 32)
CIFAR_CLASSES = 10

Build = Callable[[GraphBuilder, int], Value]
"""Adds a whole network after `g.image`, given the number of classes, and returns its logits: (classes, 1, 1)."""


@dataclass(frozen=True, slots=True)
class AuxiliaryHead:
    """A second classifier that helps to train the lower half of a network, and is dropped after training.

    It stands on a value of shape `input`, as it is in the network as published, which is its `g.image`.
    """

    input: Shape
    build: Build = field(repr=False)

    def graph(self, classes: int) -> Graph:
        """Returns the head alone."""
        g = GraphBuilder(self.input)
        return g.finish(self.build(g, classes))


@dataclass(frozen=True, slots=True)
class ReferenceNetwork:
    """A network of the literature.

    `image` and `classes` are those that it was published for; it takes any number of channels and classes, and any
    picture that its windows fit. The auxiliary heads it was trained with are no part of it; they count where the
    literature counts them.
    """

    name: str
    image: Shape
    classes: int
    source: str
    build: Build = field(repr=False)
    auxiliary: tuple[AuxiliaryHead, ...] = ()

    def network(self, image: Shape, classes: int) -> Graph:
        """Returns the network; raises `SpaceError` with the smallest side that works for too small a picture."""
        g = GraphBuilder(image)
        try:
            return g.finish(self.build(g, classes))
        except SpaceError as error:
            if not self.fits((image[0], *self.image[1:])):
                raise  # not for the size of the pictures
            side = self.smallest_side(image[0])
            raise SpaceError(
                f"network {self.name!r}: expected pictures of at least {side}x{side} pixels, "
                f"got {image[1]}x{image[2]}; use larger pictures or another network"
            ) from error

    def fits(self, image: Shape) -> bool:
        """Whether the pictures are large enough."""
        g = GraphBuilder(image)
        try:
            self.build(g, self.classes)
        except SpaceError:
            return False
        return True

    def smallest_side(self, channels: int) -> int:
        """Returns the side of the smallest square pictures that are large enough."""
        published = self.image[1]
        return 1 + bisect_left(range(1, published), True, key=lambda side: self.fits((channels, side, side)))

    def parameters_with_auxiliary(self) -> int:
        """Returns how many numbers the published network learns, its auxiliary heads included."""
        heads = [head.graph(self.classes) for head in self.auxiliary]
        return total(cost(graph) for graph in (self.network(self.image, self.classes), *heads)).parameters

    def outline(self, title: str, image: Shape, classes: int) -> Outline:
        """Returns a drawing of the network for such pictures, and where it was published."""
        drawn = network_outline(self.network(image, classes), title)
        heads = f"; {self.parameters_with_auxiliary():,} with auxiliary heads" if self.auxiliary else ""
        return replace(drawn, stack=f"{drawn.stack}{heads}; {self.source}")


NETWORKS: dict[str, ReferenceNetwork] = {}

Row = TypeVar("Row")


def reference(
    name: str,
    *,
    image: Shape = IMAGENET,
    classes: int = IMAGENET_CLASSES,
    source: str,
    auxiliary: tuple[AuxiliaryHead, ...] = (),
) -> Callable[[Build], Build]:
    """Registers the network below under `name`; the function itself stays what it was.

    >>> @reference("linear", image=CIFAR, classes=CIFAR_CLASSES, source="folklore")  # doctest: +SKIP
    ... def linear(g: GraphBuilder, classes: int) -> Value:
    ...     return g.classifier(g.image, classes=classes)
    """

    def register(build: Build) -> Build:
        if name in NETWORKS:
            raise SpaceError(f"network {name!r} is registered already; choose another name")
        NETWORKS[name] = ReferenceNetwork(name, image, classes, source, build, auxiliary)
        return build

    return register


def references(
    rows: Mapping[str, Row], *, image: Shape = IMAGENET, classes: int = IMAGENET_CLASSES, source: str
) -> Callable[[Callable[[GraphBuilder, int, Row], Value]], Callable[[GraphBuilder, int, Row], Value]]:
    """Registers a family: under each name of the table the network below, given that name's row.

    >>> @references({"mlp1": 1, "mlp2": 2}, source="folklore")  # doctest: +SKIP
    ... def mlp(g: GraphBuilder, classes: int, depth: int) -> Value:
    ...     x = g.image
    ...     for _ in range(depth):
    ...         x = g.relu(g.linear(x, 100))
    ...     return g.linear(x, classes)
    """

    def bind(build: Callable[[GraphBuilder, int, Row], Value], row: Row) -> Build:
        return lambda g, classes: build(g, classes, row)

    def register(
        build: Callable[[GraphBuilder, int, Row], Value],
    ) -> Callable[[GraphBuilder, int, Row], Value]:
        for name, row in rows.items():
            reference(name, image=image, classes=classes, source=source)(bind(build, row))
        return build

    return register


def find_network(name: str) -> ReferenceNetwork:
    """Returns the network of that name; raises `UnknownNameError` with the nearest known one."""
    if name not in NETWORKS:
        raise unknown_name("network", name, NETWORKS)
    return NETWORKS[name]
