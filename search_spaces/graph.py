"""A network as plain data: layers joined into a directed acyclic graph, with every shape known.

One graph is read in many ways: built as a torch module (`search_spaces.build`), priced (`search_spaces.complexity`),
written out as source, drawn. So an operation is declared once, as the layers it adds to a graph, and what it costs
follows from what it is.

>>> g = GraphBuilder((3, 32, 32))
>>> with g.scope("stem"):
...     x = g.norm(g.conv(g.image, 16, kernel=3))
>>> with g.scope("head"):
...     x = g.classifier(g.relu(x), classes=10)
>>> [node.name for node in g.finish(x).nodes]
['stem.0', 'stem.1', 'head.0', 'head.1', 'head.2', 'head.3']
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce

from search_spaces.errors import SpaceError
from search_spaces.layers import (
    Activation,
    Add,
    ChannelShuffle,
    Complement,
    Concat,
    Conv,
    Dropout,
    Flatten,
    GlobalAverage,
    Layer,
    Linear,
    Multiply,
    PadChannels,
    Pair,
    Pool,
    Rescale,
    Scale,
    Shape,
    Shift,
    Slice,
    Zero,
    as_pair,
)
from search_spaces.naming import ancestors, may_name_part, node_keys
from search_spaces.style import Style

__all__ = ["IMAGE", "ZERO", "Graph", "GraphBuilder", "Node", "Shape", "Value"]

IMAGE = -1
"""The input index that stands for the picture itself."""
ZERO = -2
"""The index of a value that is always zero. No node computes it and none has it as an input."""


@dataclass(frozen=True, slots=True)
class Node:
    """One layer in its place.

    `scope` is the path of the part it belongs to, ("cell0", "block1_left"); `key` its name within that part: "0",
    "1", ... where the part is one chain of modules (as in `nn.Sequential`), else "layer0", "layer1", ....
    `inputs` are indices of earlier nodes, or `IMAGE`; `shape` is what comes out.
    """

    scope: tuple[str, ...]
    key: str
    layer: Layer
    inputs: tuple[int, ...]
    shape: Shape

    @property
    def name(self) -> str:
        """The dotted path, which is also the prefix of the node's weights in a state dictionary."""
        return ".".join((*self.scope, self.key))


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole network. The last node is the output; every node reaches it; inputs come before their users."""

    image: Shape
    nodes: tuple[Node, ...]

    def input_shapes(self, node: Node) -> tuple[Shape, ...]:
        """Returns the shapes that enter a node, in order."""
        return tuple(self.image if i == IMAGE else self.nodes[i].shape for i in node.inputs)

    @property
    def output(self) -> Shape:
        """The shape of the last node: (classes, 1, 1) for a classifier."""
        return self.nodes[-1].shape


@dataclass(frozen=True, slots=True)
class Value:
    """What a layer gives to the next: handed out and taken by `GraphBuilder`."""

    index: int
    shape: Shape

    @property
    def is_zero(self) -> bool:
        """Whether the value is zero for every picture, and is not computed."""
        return self.index == ZERO

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.shape[0]


class GraphBuilder:
    """Puts layers one after the other; shapes are inferred and checked at once.

    Within `scope(name)` everything belongs to that part. The same scope may not be entered twice. `norm` and
    `activation` are those of the `style`.

    A `zero` adds nothing: what is computed from it alone is zero too, sums and concatenations leave it out, and
    `finish` leaves out what only flowed into it.
    """

    def __init__(self, image: Shape, style: Style = Style()) -> None:  # noqa: B008 -- an immutable value
        if len(image) != 3 or min(image) < 1:
            raise SpaceError(f"picture: expected (channels, height, width), each at least 1, got {image}")
        self._image = image
        self._style = style
        self._nodes: list[Node] = []
        self._scope: tuple[str, ...] = ()
        self._scopes: set[tuple[str, ...]] = set()

    @property
    def image(self) -> Value:
        """The picture."""
        return Value(IMAGE, self._image)

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Opens the part `name` of the current part; `name` is a Python identifier, and none that layers get."""
        outer, inner = self._scope, (*self._scope, name)
        if not may_name_part(name) or inner in self._scopes:
            raise SpaceError(
                f"graph part {'.'.join(inner)!r}: expected an identifier used once here, no word of Python and not "
                f"layer0, layer1, ..., which layers are called; got {name!r}"
            )
        self._scopes.add(inner)
        self._scope = inner
        try:
            yield
        finally:
            self._scope = outer

    def layer(self, layer: Layer, *inputs: Value) -> Value:
        """Adds any layer. Where an input is zero, so is the result, and nothing is added."""
        shape = layer.output_shape(*[value.shape for value in inputs])
        indices = tuple([value.index for value in inputs])
        if ZERO in indices:
            return self.zero(shape)
        self._nodes.append(Node(self._scope, "", layer, indices, shape))
        return Value(len(self._nodes) - 1, shape)

    def conv(
        self,
        x: Value,
        channels_out: int,
        *,
        kernel: int | Pair,
        stride: int = 1,
        padding: int | Pair | None = None,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = False,
        bias_start: float = 0.0,
    ) -> Value:
        """Adds a convolution; without a padding, stride 1 keeps height and width (odd kernels)."""
        height, width = as_pair(kernel)
        same = (dilation * (height - 1) // 2, dilation * (width - 1) // 2)
        margins = same if padding is None else as_pair(padding)
        conv = Conv(
            x.channels, channels_out, (height, width), stride, margins, dilation, groups, bias, bias_start
        )
        return self.layer(conv, x)

    def norm(self, x: Value) -> Value:
        """Adds the normalisation of the style."""
        return self.layer(self._style.norm(x.channels), x)

    def activation(self, x: Value) -> Value:
        """Adds the activation of the style."""
        return self.layer(self._style.activate(x.channels), x)

    def relu(self, x: Value) -> Value:
        """Adds max(x, 0), whatever the style."""
        return self.layer(Activation("relu"), x)

    def sigmoid(self, x: Value) -> Value:
        """Adds 1 / (1 + exp(-x)), whatever the style."""
        return self.layer(Activation("sigmoid"), x)

    def pool(
        self,
        x: Value,
        kind: str,
        *,
        kernel: int,
        stride: int = 1,
        padding: int | None = None,
        ceil: bool = False,
    ) -> Value:
        """Adds "max" or "average" pooling; without a padding, stride 1 keeps height and width (odd kernels)."""
        return self.layer(Pool(kind, kernel, stride, kernel // 2 if padding is None else padding, ceil), x)

    def shift(self, x: Value) -> Value:
        """Adds a move by one pixel up and to the left."""
        return self.layer(Shift(), x)

    def pad_channels(self, x: Value, channels_out: int) -> Value:
        """Adds channels of zeros after those of x, up to `channels_out`."""
        return self.layer(PadChannels(channels_out - x.channels), x)

    def shuffle(self, x: Value, *, groups: int) -> Value:
        """Adds a channel shuffle."""
        return self.layer(ChannelShuffle(groups), x)

    def dropout(self, x: Value, probability: float) -> Value:
        """Adds dropout."""
        return self.layer(Dropout(probability), x)

    def zero(self, shape: Shape) -> Value:
        """Returns a value that is zero for every picture."""
        return Value(ZERO, shape)

    def add(self, left: Value, right: Value) -> Value:
        """Adds the sum of two values; of a value and zero, returns the value."""
        if left.shape == right.shape and (left.is_zero or right.is_zero):
            return right if left.is_zero else left
        return self.layer(Add(), left, right)

    def mean(self, values: Sequence[Value]) -> Value:
        """Adds the mean of values of one shape; one value is returned as it is."""
        return values[0] if len(values) == 1 else self.rescale(reduce(self.add, values), 1 / len(values))

    def concat(self, values: Sequence[Value]) -> Value:
        """Adds the concatenation of channels; one value is returned as it is, and zeros are left out."""
        living = [value for value in values if not value.is_zero] or values
        return living[0] if len(living) == 1 else self.layer(Concat(), *living)

    def slice(self, x: Value, start: int, stop: int) -> Value:
        """Adds the choice of channels `start` to `stop`, the last one not included."""
        return self.layer(Slice(start, stop), x)

    def scale(self, x: Value, gate: Value) -> Value:
        """Adds x times its gate of shape (C, 1, 1)."""
        return self.layer(Scale(), x, gate)

    def multiply(self, left: Value, right: Value) -> Value:
        """Adds the product, number by number, of two values of one shape."""
        return self.layer(Multiply(), left, right)

    def complement(self, x: Value) -> Value:
        """Adds 1 - x."""
        return self.layer(Complement(), x)

    def rescale(self, x: Value, factor: float) -> Value:
        """Adds x times a constant."""
        return self.layer(Rescale(factor), x)

    def cut(self, x: Value) -> Value:
        """Adds zeros of the shape of x as a layer, where a network is to be built with its dead edges."""
        return self.layer(Zero(), x)

    def global_average(self, x: Value) -> Value:
        """Adds the mean over height and width."""
        return self.layer(GlobalAverage(), x)

    def linear(self, x: Value, features: int) -> Value:
        """Adds a fully connected layer on all numbers of x: (C, H, W) to (features, 1, 1)."""
        x = self.layer(Flatten(), x)
        return self.layer(Linear(x.channels, features), x)

    def classifier(self, x: Value, *, classes: int) -> Value:
        """Adds global average pooling and one linear layer: (C, H, W) to (classes, 1, 1).

        Where nothing of the picture reaches x, the logits are the same for every picture.
        """
        if x.is_zero:
            x = self.cut(self.image)
        return self.linear(self.global_average(x), classes)

    def finish(self, output: Value) -> Graph:
        """Returns the graph of everything that reaches `output`; the rest was never needed and is left out.

        Raises `SpaceError` where no layer computes the output.
        """
        if output.index < 0:
            what = "zeros" if output.is_zero else "the picture itself"
            raise SpaceError(
                f"graph: expected an output that a layer computes, got {what}; end with a classifier"
            )
        live = ancestors([node.inputs for node in self._nodes], output.index)
        place = {old: new for new, old in enumerate(live)} | {IMAGE: IMAGE}
        kept = [self._nodes[old] for old in live]
        inputs = [tuple([place[i] for i in node.inputs]) for node in kept]
        keys = node_keys([node.scope for node in kept], [node.layer for node in kept], inputs)
        return Graph(
            self._image,
            tuple(
                Node(node.scope, key, node.layer, sources, node.shape)
                for node, key, sources in zip(kept, keys, inputs, strict=True)
            ),
        )
