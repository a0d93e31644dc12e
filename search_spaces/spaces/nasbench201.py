"""NAS-Bench-201: a cell of four nodes with one of five operations on each edge. Dong and Yang 2020, section 2.1.

    conv3x3, BN -> N cells -> reduction -> N cells -> reduction -> N cells -> BN, ReLU, mean, linear

A node is the sum of its edges; the first is the cell's input, the last its output. On an edge:

    none            0
    skip_connect    x
    nor_conv_1x1    BN(conv1x1(ReLU(x)))
    nor_conv_3x3    BN(conv3x3(ReLU(x)))
    avg_pool_3x3    mean3x3(x)

Networks are built as published: an edge with `none` is there and gives zeros, and what leads nowhere is built and paid
for too.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from search_spaces.architecture import Architecture
from search_spaces.assembly import AssembledSpace, Assembler
from search_spaces.canonical import canonical_form
from search_spaces.errors import SpaceError
from search_spaces.graph import Graph, GraphBuilder, Value
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.outline import Box, Outline, Panel
from search_spaces.space import Decision, digest

NODES = 4
EDGES = tuple((source, target) for target in range(1, NODES) for source in range(target))
"""0->1, 0->2, 1->2, 0->3, 1->3, 2->3: the benchmark's order."""
NONE, SKIP = "none", "skip_connect"
OPERATIONS: Mapping[str, Callable[[GraphBuilder, Value], Value]] = {
    NONE: lambda g, x: g.cut(x),
    SKIP: lambda _, x: x,
    "nor_conv_1x1": lambda g, x: act_conv_norm(g, x, x.channels),
    "nor_conv_3x3": lambda g, x: act_conv_norm(g, x, x.channels, kernel=3),
    "avg_pool_3x3": lambda g, x: g.pool(x, "average", kernel=3),
}
"""In the benchmark's order."""
NAMES = tuple(OPERATIONS)
STAGES = 3


@dataclass(frozen=True)
class NasBench201Space(AssembledSpace):
    """The 15,625 cells of the benchmark in its network."""

    name: ClassVar[str] = "nasbench201"

    cells_per_stage: Annotated[int, Ge(1), Le(50)] = 5
    """N in the paper [5]."""
    filters: Annotated[int, Ge(1), Le(4096)] = 16
    """Width of the first stage [16]; each reduction doubles it."""

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """The operation on each edge."""
        return tuple(Decision(f"node{target}.from_node{source}", NAMES) for source, target in EDGES)

    def parse_cell(self, text: str) -> Architecture:
        """Returns the architecture that `cell_string` writes as `text`; raises `SpaceError` for other text."""
        chosen = re.findall(r"\|([^|~]+)~", text)
        if len(chosen) != len(EDGES) or not set(chosen) <= set(NAMES) or _written(chosen) != text:
            raise SpaceError(
                f"space {self.name!r}: expected a cell such as {_written([SKIP] * len(EDGES))!r} "
                f"with the operations {', '.join(NAMES)}, got {text!r}"
            )
        return self.architecture([NAMES.index(operation) for operation in chosen])

    def read(self, text: str) -> Architecture:
        """Returns the architecture of a cell in the benchmark's spelling, or of tokens."""
        return self.parse_cell(text) if text.startswith("|") else super().read(text)

    def cell_string(self, architecture: Architecture) -> str:
        """Returns the benchmark's string: for each node but the first its edges, as "|none~0|skip_connect~1|"."""
        return _written(self._chosen(architecture))

    def assemble(self, g: Assembler, architecture: Architecture, classes: int) -> Value:
        """Adds the network and returns its logits."""
        chosen = self._chosen(architecture)
        x = g.part("stem", _stem, g.image, self.filters)
        for stage in range(STAGES):
            if stage:
                x = g.part(f"reduction{stage}", _reduction, x)
            for cell in range(self.cells_per_stage):
                with g.scope(f"stage{stage}_cell{cell}"):
                    x = _cell(g, x, chosen)
        return g.part("head", _head, x, classes)

    def canonical_key(self, architecture: Architecture) -> str:
        """Returns 32 hexadecimal digits, equal exactly for cells whose live computations are isomorphic.

        There are 5,260 classes of cells. The strings by which the benchmark's own code compares cells make 12,751 where
        only skip connections are contracted and 6,466 where zeros are too. They tell apart what is equal, a sum within
        a sum and zero plus zero, and call equal what is not: a convolution used twice and two convolutions.
        """
        return digest(self.name, sorted(self.settings.items()), canonical_form(self.cell_graph(architecture)))

    def cell_graph(self, architecture: Architecture) -> Graph:
        """Returns one cell alone, at the width of the first stage."""
        g = Assembler((self.filters, 1, 1))
        return g.finish(_cell(g, g.image, self._chosen(architecture)))

    def outline(self, architecture: Architecture) -> Outline:
        """Returns the cell, without its dead edges `none`, and how the cells are stacked."""
        text = self.cell_string(architecture)
        widths = [self.filters * 2**stage for stage in range(STAGES)]
        stages = [f"{self.cells_per_stage} x cell ({width} filters)" for width in widths]
        stack = " → reduction → ".join(stages)
        return Outline(
            f"{architecture} {text}", f"stem → {stack} → classifier", (_panel(self._chosen(architecture)),)
        )

    def cheapest(self, image: tuple[int, int, int], classes: int) -> Iterator[Architecture]:  # noqa: ARG002
        """Yields the cell of skip connections, which add no layer at all."""
        yield self.architecture([NAMES.index(SKIP)] * len(EDGES))

    def _chosen(self, architecture: Architecture) -> tuple[str, ...]:
        self.validate(architecture)
        return tuple([NAMES[token] for token in architecture.tokens])


def _written(chosen: Sequence[str]) -> str:
    edges = dict(zip(EDGES, chosen, strict=True))
    nodes = ([f"{edges[source, target]}~{source}" for source in range(target)] for target in range(1, NODES))
    return "+".join(f"|{'|'.join(node)}|" for node in nodes)


def _stem(g: GraphBuilder, x: Value, filters: int) -> Value:
    """BN(conv3x3(x))."""
    return g.norm(g.conv(x, filters, kernel=3))


def _cell(g: Assembler, x: Value, chosen: Sequence[str]) -> Value:
    """The last node; each node is the sum of its edges."""
    nodes = [x]
    edges = iter(zip(EDGES, chosen, strict=True))
    for target in range(1, NODES):
        arriving = []
        for (source, _), operation in (next(edges) for _ in range(target)):
            arriving.append(g.part(f"edge{source}_{target}", _edge, nodes[source], operation))
        nodes.append(reduce(g.add, arriving))
    return nodes[-1]


def _edge(g: GraphBuilder, x: Value, operation: str) -> Value:
    """The operation on a value; it keeps the shape."""
    return OPERATIONS[operation](g, x)


def _reduction(g: GraphBuilder, x: Value) -> Value:
    """Conv1x1(avgpool2x2(x)) + BN(conv3x3(ReLU(BN(conv3x3, stride 2 (ReLU(x)))))): half the size, twice the width."""
    channels = 2 * x.channels
    with g.scope("body"):
        y = act_conv_norm(g, act_conv_norm(g, x, channels, kernel=3, stride=2), channels, kernel=3)
    with g.scope("shortcut"):  # an odd side is rounded up, as by the convolution; the benchmark has none
        x = g.conv(g.pool(x, "average", kernel=2, stride=2, padding=0, ceil=True), channels, kernel=1)
    return g.add(x, y)


def _head(g: GraphBuilder, x: Value, classes: int) -> Value:
    """Linear(mean(ReLU(BN(x))))."""
    return g.classifier(g.relu(g.norm(x)), classes=classes)


def _panel(chosen: Sequence[str]) -> Panel:
    """Returns nodes and living edges, an operation before the node that it flows into."""
    boxes, arrows = [Box("node0", "input", "input")], []
    edges = iter(zip(EDGES, chosen, strict=True))
    for target in range(1, NODES):
        for (source, _), operation in (next(edges) for _ in range(target)):
            if operation != NONE:
                key = f"node{target}.from_node{source}"
                boxes.append(Box(key, operation, "operation"))
                arrows += [(f"node{source}", key), (key, f"node{target}")]
        is_last = target == NODES - 1
        boxes.append(Box(f"node{target}", "output" if is_last else "+", "output" if is_last else "join"))
    return Panel("Cell", tuple(boxes), tuple(arrows))
