"""The macro space: every layer of one network is searched for. Zoph and Le 2017, sections 3.1, 3.3 and 4.1.

For each of its `layers`:

    height, width       of the filter: 1, 3, 5 or 7
    filters             24, 36, 48 or 64, times `scale`
    stride              1, 2 or 3, where `strides` says so; else 1
    from_layer0, ...    for every earlier layer, whether its output is an input

A layer is act(norm(conv(inputs))). Its inputs are concatenated; where it has none, it sees the picture. What no layer
uses is concatenated for the classifier. Where inputs differ in size, the smaller ones are padded with zeros.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from search_spaces.architecture import Architecture
from search_spaces.assembly import Assembler
from search_spaces.graph import GraphBuilder, Shape, Value
from search_spaces.layers import PadPixels
from search_spaces.operations.convolution import conv_norm_act
from search_spaces.outline import Arrow, Box, Outline, Panel
from search_spaces.space import Decision
from search_spaces.styled import StyledSpace

SIZES = (1, 3, 5, 7)
"""Height or width of a filter. Section 4.1."""
FILTERS = (24, 36, 48, 64)
"""Section 4.1."""
STRIDES = (1, 2, 3)
"""Section 4.1, where strides are searched for."""
SKIP = ("no", "yes")


@dataclass(frozen=True, slots=True)
class MacroLayer:
    """One layer; `inputs` are the numbers of earlier ones."""

    kernel: tuple[int, int]
    filters: int
    stride: int
    inputs: tuple[int, ...]

    def __str__(self) -> str:
        height, width = self.kernel
        stride = f" / {self.stride}" if self.stride > 1 else ""
        return f"conv {height}x{width}, {self.filters}{stride}"


@dataclass(frozen=True)
class MacroSpace(StyledSpace):
    """Chains of convolutions with any connections between them."""

    name: ClassVar[str] = "macro"

    layers: Annotated[int, Ge(1), Le(30)] = 8
    """Layers [15 in the paper]."""
    scale: Annotated[float, Ge(0.125), Le(8.0)] = 0.5
    """Of the numbers of filters [1 in the paper]."""
    strides: bool = False
    """Whether each layer has a stride to choose; the first experiment of the paper has none."""

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """Those of each layer after those of the one before."""
        decisions: list[Decision] = []
        ends: list[int] = []  # the last decision of each layer
        for layer in range(self.layers):
            decisions += self._layer_decisions(layer, ends)
            ends.append(len(decisions) - 1)
        return tuple(decisions)

    def layer_list(self, architecture: Architecture) -> tuple[MacroLayer, ...]:
        """Returns the layers of an architecture."""
        self.validate(architecture)
        tokens = iter(architecture.tokens)
        layers = []
        for layer in range(self.layers):
            kernel = (SIZES[next(tokens)], SIZES[next(tokens)])
            filters = self._filters[next(tokens)]
            stride = STRIDES[next(tokens)] if self.strides else 1
            inputs = [earlier for earlier, skip in enumerate(islice(tokens, layer)) if skip]
            layers.append(MacroLayer(kernel, filters, stride, tuple(inputs)))
        return tuple(layers)

    def assemble(self, g: Assembler, architecture: Architecture, classes: int) -> Value:
        """Adds the network; any picture is large enough."""
        layers = self.layer_list(architecture)
        values: list[Value] = []
        for number, layer in enumerate(layers):
            x = joined(g, [values[source] for source in layer.inputs]) if layer.inputs else g.image
            shape = {"kernel": layer.kernel, "stride": layer.stride}
            values.append(g.part(f"conv{number}", conv_norm_act, x, layer.filters, **shape))
        x = joined(g, [values[end] for end in loose_ends(layers)])
        return g.part("head", GraphBuilder.classifier, x, classes=classes)

    def cheapest(self, image: Shape, classes: int) -> Iterator[Architecture]:  # noqa: ARG002
        """Yields two architectures, one of which is as cheap as any, or, with strides to choose, none.

        The first option of a filter is the cheapest. What is left are the connections. Their cost grows with how many
        layers see the picture, which are the fewest where no layer has two inputs, nor do concatenations cost anything
        then. It is linear in how many layers have one: so either none has, or all but the first.
        """
        if not self.strides:
            yield self.architecture([0] * len(self.decisions))
            chain = {f"layer{layer}.from_layer{layer - 1}" for layer in range(1, self.layers)}
            yield self.architecture([int(decision.name in chain) for decision in self.decisions])

    def outline(self, architecture: Architecture) -> Outline:
        """Returns the layers with their connections."""
        layers = self.layer_list(architecture)
        panel = Panel("Layers", *_drawing(layers))
        return Outline(str(architecture), f"{self.layers} layers → classifier", (panel,))

    @cached_property
    def _filters(self) -> tuple[int, ...]:
        return tuple(round(self.scale * filters) for filters in FILTERS)

    def _layer_decisions(self, layer: int, ends: Sequence[int]) -> Sequence[Decision]:
        sizes = tuple(map(str, SIZES))
        strides = [Decision(f"layer{layer}.stride", tuple(map(str, STRIDES)))] if self.strides else []
        return (
            Decision(f"layer{layer}.height", sizes),
            Decision(f"layer{layer}.width", sizes),
            Decision(f"layer{layer}.filters", tuple(map(str, self._filters))),
            *strides,
            *(
                Decision(f"layer{layer}.from_layer{earlier}", SKIP, (None, end))
                for earlier, end in enumerate(ends)
            ),
        )


def joined(g: GraphBuilder, values: Sequence[Value]) -> Value:
    """Adds the concatenation of all channels, at the largest height and width. Zoph and Le 2017, section 3.3."""
    height, width = (max(value.shape[axis] for value in values) for axis in (1, 2))
    return g.concat([_padded(g, value, height, width) for value in values])


def _padded(g: GraphBuilder, x: Value, height: int, width: int) -> Value:
    rows, columns = height - x.shape[1], width - x.shape[2]
    return g.layer(PadPixels(rows, columns), x) if rows or columns else x


def loose_ends(layers: Sequence[MacroLayer]) -> tuple[int, ...]:
    """Returns the numbers of the layers that no other uses."""
    used = {source for layer in layers for source in layer.inputs}
    return tuple(number for number in range(len(layers)) if number not in used)


def _drawing(layers: Sequence[MacroLayer]) -> tuple[tuple[Box, ...], tuple[Arrow, ...]]:
    """Returns the boxes, one a layer and one a concatenation, and the arrows."""
    boxes = [Box("picture", "picture", "input")]
    arrows: list[Arrow] = []
    inputs = [*(layer.inputs for layer in layers), loose_ends(layers)]
    for number, sources in enumerate(inputs):
        is_output = number == len(layers)
        target = "output" if is_output else f"layer{number}"
        names = [f"layer{source}" for source in sources] or ["picture"]
        if len(names) > 1:
            join = f"{target}_inputs"
            boxes.append(Box(join, "concat", "join"))
            arrows += [(name, join) for name in names]
            names = [join]
        boxes.append(
            Box(target, "classes", "output") if is_output else Box(target, str(layers[number]), "operation")
        )
        arrows.append((names[0], target))
    return tuple(boxes), tuple(arrows)
