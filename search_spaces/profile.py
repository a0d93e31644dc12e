"""A network layer by layer: what goes in and comes out, and what it costs; and how much memory it needs at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import prod

from search_spaces.complexity import BYTES_PER_NUMBER, Cost, layer_costs, total
from search_spaces.drawing.labels import is_depthwise, layer_label
from search_spaces.graph import IMAGE, Graph, Shape
from search_spaces.layers import Conv, Layer, Pair, Pool, as_pair

Window = tuple[Pair | None, int | None, Pair | None]
"""Kernel, stride and padding."""
NO_WINDOW: Window = (None, None, None)


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer, or all layers of one part; `kernel`, `stride` and `padding` are those of a window, else None.

    `activation_bytes` are those of what the layer gives, for one picture, as 32-bit numbers; of a part, the sum over
    its layers, while `output` is the last one's and `inputs` come from outside.
    """

    name: str
    kind: str
    inputs: tuple[Shape, ...]
    output: Shape
    kernel: Pair | None
    stride: int | None
    padding: Pair | None
    activation_bytes: int
    parameters: int
    multiply_adds: int


def layer_table(graph: Graph, depth: int | None = None) -> tuple[LayerRow, ...]:
    """Returns a row for each layer, in the order in which they run.

    With a `depth` from 1, layers whose names begin with the same so many words are one row: of "stem.0", "stem.1" and
    "cell0.block1.0", depth 1 leaves "stem" and "cell0".
    """

    def part(index: int) -> tuple[str, ...]:
        node = graph.nodes[index]
        return (*node.scope, node.key)[:depth]

    costs = layer_costs(graph)
    runs = groupby(range(len(graph.nodes)), key=part)
    return tuple(_row(graph, ".".join(words), tuple(run), costs) for words, run in runs)


def peak_activation_bytes(graph: Graph, batch: int = 1) -> int:
    """Returns the most that is held at once when the layers run in their order, for so many pictures.

    While a layer runs, its inputs, its output and all values that a later layer still needs are held, each an array of
    32-bit numbers of its own: nothing is done in place. Weights and what a convolution needs to work with do not
    count.
    """
    last_use = {source: index for index, node in enumerate(graph.nodes) for source in node.inputs}
    held = {IMAGE: _bytes(graph.image)}
    peak = 0
    for index, node in enumerate(graph.nodes):
        held[index] = _bytes(node.shape)
        peak = max(peak, sum(held.values()))
        held = {value: size for value, size in held.items() if last_use.get(value, index) > index}
    return batch * peak


def layer_kind(layer: Layer) -> str:
    """Returns what a layer is, without the sizes of its window: "depthwise conv", "max pool", "BN"."""
    if isinstance(layer, Pool):
        return f"{layer.kind} pool"
    if not isinstance(layer, Conv):
        return layer_label(layer)
    if is_depthwise(layer):
        words = "depthwise conv"
    else:
        words = f"conv in {layer.groups} groups" if layer.groups > 1 else "conv"
    return f"{words}, dilation {layer.dilation}" if layer.dilation > 1 else words


def _row(graph: Graph, name: str, indices: tuple[int, ...], costs: Sequence[Cost]) -> LayerRow:
    nodes = [graph.nodes[index] for index in indices]
    is_layer = len(nodes) == 1
    sources = [pair for node in nodes for pair in zip(node.inputs, graph.input_shapes(node), strict=True)]
    kernel, stride, padding = _window(nodes[0].layer) if is_layer else NO_WINDOW
    whole = total(costs[index] for index in indices)
    return LayerRow(
        name=name,
        kind=layer_kind(nodes[0].layer) if is_layer else f"{len(nodes)} layers",
        inputs=tuple(shape for source, shape in sources if source not in indices),
        output=nodes[-1].shape,
        kernel=kernel,
        stride=stride,
        padding=padding,
        activation_bytes=whole.activation_bytes,
        parameters=whole.parameters,
        multiply_adds=whole.multiply_adds,
    )


def _window(layer: Layer) -> Window:
    if not isinstance(layer, Conv | Pool):
        return NO_WINDOW
    return as_pair(layer.kernel), layer.stride, as_pair(layer.padding)


def _bytes(shape: Shape) -> int:
    return BYTES_PER_NUMBER * prod(shape)
