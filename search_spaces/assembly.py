"""A network as parts, said once and read twice: put together as a graph, or only priced.

A space that says in `assemble` how its networks are made of parts has both. What a part costs depends on nothing but
the part, its arguments and the shape it is applied to, so it is worked out once and remembered: a price is a sum of
remembered prices, and equals `cost` of the graph.

>>> def assemble(g: Assembler) -> Value:  # doctest: +SKIP
...     x = g.part("stem", conv_3x3, g.image, 16, stride=1)
...     return g.part("head", GraphBuilder.classifier, x, classes=10)
"""

from abc import abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from search_spaces.architecture import Architecture
from search_spaces.complexity import Cost, cost, total
from search_spaces.graph import IMAGE, ZERO, Graph, GraphBuilder, Node, Shape, Value
from search_spaces.layers import Layer
from search_spaces.naming import ancestors
from search_spaces.space import Space
from search_spaces.style import Style

Part = Callable[..., Value]
"""Adds layers to a builder, its first argument, after a value, its second, and returns what comes out."""

REMEMBERED = 50_000
"""Prices of parts kept: some hundred bytes each, and a space has a few thousand."""


class Assembler(GraphBuilder):
    """Puts parts together as a graph."""

    def part(self, name: str, build: Part, x: Value, *arguments: Hashable, **options: Hashable) -> Value:
        """Adds the part that `build` makes of x, in the scope `name`; it sees no value but x."""
        with self.scope(name):
            return build(self, x, *arguments, **options)


class Pricer(Assembler):
    """Takes what an `Assembler` takes and keeps only the prices; names of scopes do not matter."""

    def __init__(self, image: Shape, style: Style = Style()) -> None:  # noqa: B008 -- an immutable value
        super().__init__(image, style)
        self._costs: list[Cost] = []
        self._inputs: list[tuple[int, ...]] = []

    def part(self, name: str, build: Part, x: Value, *arguments: Hashable, **options: Hashable) -> Value:  # noqa: ARG002
        """Adds the price of the part."""
        image = self._image if x.is_zero else x.shape
        known = _priced(image, x.shape, x.is_zero, self._style, build, *arguments, **options)
        return self.zero(known.shape) if known.is_zero else self._keep(known.cost, known.shape, (x.index,))

    def layer(self, layer: Layer, *inputs: Value) -> Value:
        """Adds the price of a layer that stands between the parts."""
        shape = layer.output_shape(*[value.shape for value in inputs])
        indices = tuple([value.index for value in inputs])
        if ZERO in indices:
            return self.zero(shape)
        cost = _layer_cost(layer, shape)  # type: ignore[arg-type]  # layers are frozen values
        return self._keep(cost, shape, indices)

    def price(self, output: Value) -> Cost:
        """Returns what everything that reaches `output` costs."""
        return total([self._costs[index] for index in ancestors(self._inputs, output.index)])

    def _keep(self, cost: Cost, shape: Shape, inputs: tuple[int, ...]) -> Value:
        self._costs.append(cost)
        self._inputs.append(inputs)
        return Value(len(self._costs) - 1, shape)


@dataclass(frozen=True)
class AssembledSpace(Space):
    """A space whose networks are said once, in parts."""

    @property
    def style(self) -> Style:
        """The normalisation and activation of its networks."""
        return Style()

    @abstractmethod
    def assemble(self, g: Assembler, architecture: Architecture, classes: int) -> Value:
        """Adds the network and returns its logits; raises `SpaceError` where the picture is too small for it."""

    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:
        """Returns the network as a graph; raises `SpaceError` where the picture is too small for it."""
        g = Assembler(image, self.style)
        return g.finish(self.assemble(g, architecture, classes))

    def price(self, architecture: Architecture, image: Shape, classes: int) -> Cost:
        """Returns what the network costs, without building it."""
        g = Pricer(image, self.style)
        return g.price(self.assemble(g, architecture, classes))


@dataclass(frozen=True, slots=True)
class _Priced:
    """What is remembered of a part."""

    cost: Cost
    shape: Shape
    is_zero: bool


@lru_cache(maxsize=REMEMBERED)
def _priced(
    image: Shape, shape: Shape, is_zero: bool, style: Style, build: Part, *arguments: Any, **options: Any
) -> _Priced:
    """Builds the part after the picture, or after a zero, and counts."""
    g = GraphBuilder(image, style)
    x = g.zero(shape) if is_zero else g.image
    output = build(g, x, *arguments, **options)
    has_layers = not output.is_zero and output.index != IMAGE
    return _Priced(cost(g.finish(output)) if has_layers else Cost(), output.shape, output.is_zero)


@lru_cache(maxsize=REMEMBERED)
def _layer_cost(layer: Layer, shape: Shape) -> Cost:
    return cost(Graph(shape, (Node((), "", layer, (IMAGE,), shape),)))
