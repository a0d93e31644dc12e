"""The terms of a network that is put together from parts, without putting it together.

The terms of a part depend on nothing but the part, what it is applied to, and whether the order of the channels that
come out plays a role later. They are worked out once and remembered: there are some thousand parts, and many more
networks.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from search_spaces.assembly import REMEMBERED, Assembler, Part
from search_spaces.canonical.chains import in_chains
from search_spaces.canonical.order import hands_order_on, ordered_channels
from search_spaces.canonical.terms import Building, Terms, live_terms
from search_spaces.graph import IMAGE, Graph, GraphBuilder, Shape, Value
from search_spaces.layers import Layer
from search_spaces.naming import ancestors
from search_spaces.style import Style


class TermAssembler(Assembler):
    """Takes what an `Assembler` takes and keeps what the terms need; names of scopes do not matter."""

    def __init__(self, image: Shape, style: Style = Style()) -> None:  # noqa: B008 -- an immutable value
        super().__init__(image, style)
        self._steps: list[_Step] = []
        self._inputs: list[tuple[int, ...]] = []

    def part(self, name: str, build: Part, x: Value, *arguments: Hashable, **options: Hashable) -> Value:  # noqa: ARG002
        """Adds the part. What is made of nothing is nothing."""
        known = _known(x.shape, self._style, build, *arguments, **options)
        if x.is_zero or known.is_zero:
            return self.zero(known.shape)
        return x if known.step is None else self._keep(known.step, known.shape, (x.index,))

    def layer(self, layer: Layer, *inputs: Value) -> Value:
        """Adds a layer that stands between the parts."""
        shape = layer.output_shape(*[value.shape for value in inputs])
        if any(value.is_zero for value in inputs):
            return self.zero(shape)
        return self._keep(_LayerStep(layer), shape, tuple([value.index for value in inputs]))

    def terms(self, output: Value) -> Terms:
        """Returns the terms of a network, in chains; none where its output is the same for every picture."""
        if output.is_zero:
            return []
        live = ancestors(self._inputs, output.index)
        ordered = self._ordered(live)
        building = Building()
        values: dict[int, int | None] = {IMAGE: building.picture()}
        for index in live:
            sources = [values[i] for i in self._inputs[index]]
            values[index] = self._steps[index].add_to(building, sources, ordered[index])
        return in_chains(building.reaching(values[output.index]))

    def _ordered(self, live: Sequence[int]) -> dict[int, bool]:
        """Returns for each step whether the order of its channels plays a role after it."""
        ordered = dict.fromkeys((IMAGE, *live), False)
        for index in reversed(live):
            if self._steps[index].hands_order_on(ordered[index]):
                ordered.update(dict.fromkeys(self._inputs[index], True))
        return ordered

    def _keep(self, step: "_Step", shape: Shape, inputs: tuple[int, ...]) -> Value:
        self._steps.append(step)
        self._inputs.append(inputs)
        return Value(len(self._steps) - 1, shape)


class _Step(ABC):
    """A layer or a part: what it adds to the terms, and whether the order of its inputs plays a role."""

    @abstractmethod
    def hands_order_on(self, is_ordered: bool) -> bool:
        """Whether the order of the inputs' channels plays a role, given whether that of the output does."""

    @abstractmethod
    def add_to(self, building: Building, sources: Sequence[int | None], is_ordered: bool) -> int | None:
        """Adds the terms; None where the result is the same for every picture."""


@dataclass(frozen=True, slots=True)
class _LayerStep(_Step):
    layer: Layer

    def hands_order_on(self, is_ordered: bool) -> bool:
        return hands_order_on(self.layer, is_ordered)

    def add_to(self, building: Building, sources: Sequence[int | None], is_ordered: bool) -> int | None:
        return building.layer(self.layer, sources, is_ordered)


class _PartStep(_Step):
    """Remembers its terms for both answers to whether order plays a role after it."""

    def __init__(self, graph: Graph) -> None:
        orders = (False, True)
        self._terms = tuple(in_chains(live_terms(graph, is_ordered=order)) for order in orders)
        self._hands_on = tuple(ordered_channels(graph.nodes, order)[IMAGE] for order in orders)

    def hands_order_on(self, is_ordered: bool) -> bool:
        return self._hands_on[is_ordered]

    def add_to(self, building: Building, sources: Sequence[int | None], is_ordered: bool) -> int | None:
        (source,) = sources
        return None if source is None else building.copy(self._terms[is_ordered], source)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a part. `step` is None where it adds nothing: it gives back its input, or zero."""

    step: _Step | None
    shape: Shape
    is_zero: bool


@lru_cache(maxsize=REMEMBERED)
def _known(shape: Shape, style: Style, build: Part, *arguments: Any, **options: Any) -> _Known:
    g = GraphBuilder(shape, style)
    output = build(g, g.image, *arguments, **options)
    adds_nothing = output.is_zero or output.index == IMAGE
    return _Known(None if adds_nothing else _PartStep(g.finish(output)), output.shape, output.is_zero)
