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

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from search_spaces.errors import SpaceError
from search_spaces.layers import (
    Activation,
    Add,
    BatchNorm,
    Concat,
    Conv,
    Flatten,
    GlobalAverage,
    Layer,
    Linear,
    Pair,
    Pool,
    Scale,
    Shape,
    Shift,
)

__all__ = ["IMAGE", "Graph", "GraphBuilder", "Node", "Shape", "Value"]

IMAGE = -1
"""The input index that stands for the picture itself."""


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
    def channels(self) -> int:
        """Number of channels."""
        return self.shape[0]


class GraphBuilder:
    """Puts layers one after the other; shapes are inferred and checked at once.

    Within `scope(name)` everything belongs to that part. The same scope may not be entered twice.
    """

    def __init__(self, image: Shape) -> None:
        self._image = image
        self._nodes: list[Node] = []
        self._scope: tuple[str, ...] = ()
        self._scopes: set[tuple[str, ...]] = set()

    @property
    def image(self) -> Value:
        """The picture."""
        return Value(IMAGE, self._image)

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Opens the part `name` of the current part; `name` is a Python identifier."""
        outer, inner = self._scope, (*self._scope, name)
        if not name.isidentifier() or inner in self._scopes:
            raise SpaceError(
                f"graph part {'.'.join(inner)!r}: expected an identifier used once here, got {name!r}"
            )
        self._scopes.add(inner)
        self._scope = inner
        try:
            yield
        finally:
            self._scope = outer

    def layer(self, layer: Layer, *inputs: Value) -> Value:
        """Adds any layer."""
        shape = layer.output_shape(*[value.shape for value in inputs])
        self._nodes.append(Node(self._scope, "", layer, tuple([value.index for value in inputs]), shape))
        return Value(len(self._nodes) - 1, shape)

    def conv(
        self,
        x: Value,
        channels_out: int,
        *,
        kernel: int | Pair,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> Value:
        """Adds a convolution padded so that stride 1 keeps height and width (odd kernels)."""
        height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (dilation * (height - 1) // 2, dilation * (width - 1) // 2)
        conv = Conv(x.channels, channels_out, (height, width), stride, padding, dilation, groups, bias)
        return self.layer(conv, x)

    def norm(self, x: Value) -> Value:
        """Adds batch normalisation."""
        return self.layer(BatchNorm(x.channels), x)

    def relu(self, x: Value) -> Value:
        """Adds max(x, 0)."""
        return self.layer(Activation("relu"), x)

    def sigmoid(self, x: Value) -> Value:
        """Adds 1 / (1 + exp(-x))."""
        return self.layer(Activation("sigmoid"), x)

    def pool(self, x: Value, kind: str, *, kernel: int, stride: int = 1) -> Value:
        """Adds "max" or "average" pooling, padded so that stride 1 keeps height and width (odd kernels)."""
        return self.layer(Pool(kind, kernel, stride, kernel // 2), x)

    def shift(self, x: Value) -> Value:
        """Adds a move by one pixel up and to the left."""
        return self.layer(Shift(), x)

    def add(self, left: Value, right: Value) -> Value:
        """Adds the sum of two values."""
        return self.layer(Add(), left, right)

    def concat(self, values: Sequence[Value]) -> Value:
        """Adds the concatenation of channels; one value is returned as it is."""
        return values[0] if len(values) == 1 else self.layer(Concat(), *values)

    def scale(self, x: Value, gate: Value) -> Value:
        """Adds x times its gate of shape (C, 1, 1)."""
        return self.layer(Scale(), x, gate)

    def global_average(self, x: Value) -> Value:
        """Adds the mean over height and width."""
        return self.layer(GlobalAverage(), x)

    def classifier(self, x: Value, *, classes: int) -> Value:
        """Adds global average pooling and one linear layer: (C, H, W) to (classes, 1, 1)."""
        x = self.layer(Flatten(), self.global_average(x))
        return self.layer(Linear(x.channels, classes), x)

    def finish(self, output: Value) -> Graph:
        """Returns the graph of everything that reaches `output`; the rest was never needed and is left out."""
        live = _ancestors(self._nodes, output.index)
        place = {old: new for new, old in enumerate(live)} | {IMAGE: IMAGE}
        kept = [self._nodes[old] for old in live]
        inputs = [tuple([place[i] for i in node.inputs]) for node in kept]
        keys = _keys([node.scope for node in kept], [node.layer for node in kept], inputs)
        return Graph(
            self._image,
            tuple(
                Node(node.scope, key, node.layer, sources, node.shape)
                for node, key, sources in zip(kept, keys, inputs, strict=True)
            ),
        )


def _ancestors(nodes: Sequence[Node], output: int) -> list[int]:
    """Returns the indices, ascending, of `output` and all it depends on."""
    reached = {output}
    for index in range(output, -1, -1):
        if index in reached:
            reached.update(i for i in nodes[index].inputs if i != IMAGE)
    return sorted(reached)


def _keys(
    scopes: Sequence[tuple[str, ...]], layers: Sequence[Layer], inputs: Sequence[tuple[int, ...]]
) -> list[str]:
    """Returns the nodes' names within their parts: a number within a chain, "layer" and a number elsewhere."""
    members: dict[tuple[str, ...], list[int]] = {}
    for index, scope in enumerate(scopes):
        members.setdefault(scope, []).append(index)
    parents = {scope[:length] for scope in members for length in range(len(scope))}
    uses = Counter(i for sources in inputs for i in sources)

    def is_chain(indices: Sequence[int]) -> bool:
        """Whether these can be one `nn.Sequential`: modules, each fed by the one before, which feeds nothing else."""
        return all(layers[i].formula is None for i in indices) and all(
            inputs[b] == (a,) and uses[a] == 1 for a, b in pairwise(indices)
        )

    keys = [""] * len(scopes)
    for scope, indices in members.items():
        prefix = "" if scope not in parents and is_chain(indices) else "layer"
        for position, index in enumerate(indices):
            keys[index] = f"{prefix}{position}"
    return keys
