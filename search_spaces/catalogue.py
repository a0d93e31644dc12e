"""The page `README.md` beside this file, with its pictures: all operations, spaces and hand-designed networks.

    python -m search_spaces.catalogue

writes them. Names, formulas, sources and numbers come from what the code declares; a test compares them.
"""

import inspect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from random import Random

from search_spaces.complexity import Cost, cost
from search_spaces.drawing.svg import draw_svg
from search_spaces.drawing.whole import layers_outline
from search_spaces.feasibility import survey
from search_spaces.graph import Graph, GraphBuilder, Shape
from search_spaces.operations import BUILT_IN, OPERATIONS, Operation
from search_spaces.outline import Outline
from search_spaces.reference import NETWORKS, ReferenceNetwork
from search_spaces.registry import SPACES
from search_spaces.space import Space

DIRECTORY = Path(__file__).parent
PAGE, PICTURES = "README.md", "pictures"

BLOCK_INPUT: Shape = (64, 16, 16)
"""What the operations are applied to; as many channels come out."""
SPACE_IMAGE: Shape = (3, 32, 32)
SPACE_CLASSES = 10
SAMPLES, SEED = 1000, 0
WRITTEN_OUT = 1_000_000
"""Larger numbers of architectures are powers of ten."""

BUILT_IN_SPACES = "search_spaces.spaces."
"""The package whose spaces are shown; others are a user's own."""

OPERATION_HEADINGS = ("operation", "formula", "parameters", "multiply-adds")
SPACE_HEADINGS = (
    "space",
    "what it is",
    "decisions",
    "architectures",
    "parameters",
    "multiply-adds (M)",
)
NETWORK_HEADINGS = (
    "network",
    "published in",
    "picture",
    "classes",
    "parameters",
    "multiply-adds (M)",
)

INTRODUCTION = """\
# Search spaces

What networks can be made of and what it costs, the spaces to search in, and the networks that were designed by hand.
`python -m search_spaces.catalogue` writes this page and its pictures from what the code declares.
"""
OPERATIONS_TEXT = """\
## Operations

An operation takes x of any number of channels to C channels, with stride 1 or 2. In the formulas `act` and `norm` are
the activation and the normalisation of the space, ReLU and batch normalisation unless it says otherwise; `shortcut` is
x, or norm(conv1x1(x)) where the shape changes; `excite` is squeeze-and-excite, `excite_r` of reduction r; `[a, b]` are
channels side by side; 1x1-3x3 is one convolution after the other.

The numbers and the pictures are for {shape} and stride 1, unless a picture says otherwise. A multiply-add counts as
one, and only those of convolutions and linear layers count.
"""
SPACES_TEXT = """\
## Spaces

The parameters and multiply-adds are the smallest, the median and the largest of {samples:,} random architectures, or of
all where there are no more, for pictures of {shape}, {classes} classes and the settings that a space has by itself.
`nas space NAME` tells them for others, and what there is to decide.
"""
NETWORKS_TEXT = """\
## Hand-designed networks

For the pictures and classes that they were published with, without the auxiliary heads that some were trained with.
`nas profile NAME` shows one layer by layer, `nas search --space reference --strategy grid` trains all that fit.
"""


@dataclass(frozen=True)
class Block:
    """Operations that differ in their parameters alone. The page tells their source once, and draws the first."""

    operations: tuple[Operation, ...]

    @property
    def family(self) -> str:
        """The family of them all."""
        return self.operations[0].family

    @property
    def path(self) -> str:
        """Where the picture is, seen from the page."""
        return f"{PICTURES}/{self.operations[0].name}.svg"

    @cached_property
    def outline(self) -> Outline | None:
        """The layers of the first operation, with stride 2 where it has none with stride 1; None where it has none."""
        first = self.operations[0]
        for stride, title in ((1, first.name), (2, f"{first.name}, stride 2")):
            graph = operation_graph(first, stride)
            if graph:
                return layers_outline(graph, title)
        return None


def write(directory: Path = DIRECTORY) -> None:
    """Writes the page and its pictures, and removes pictures of operations that there are no more."""
    (directory / PICTURES).mkdir(exist_ok=True)
    for old in (directory / PICTURES).glob("*.svg"):
        old.unlink()
    for path, content in files().items():
        (directory / path).write_text(content, encoding="utf-8")


def files() -> dict[str, str]:
    """Returns path -> content of the page and its pictures."""
    return {PAGE: page(), **{block.path: draw_svg(block.outline) for block in blocks() if block.outline}}


def page() -> str:
    """Returns the page."""
    families = groupby(blocks(), lambda block: block.family)
    spaces = [kind() for _, kind in sorted(SPACES.items()) if kind.__module__.startswith(BUILT_IN_SPACES)]
    return "\n".join(
        [
            INTRODUCTION,
            OPERATIONS_TEXT.format(shape=_size(BLOCK_INPUT)),
            *[_family(name, list(members)) for name, members in families],
            SPACES_TEXT.format(samples=SAMPLES, shape=_size(SPACE_IMAGE), classes=SPACE_CLASSES),
            _table(SPACE_HEADINGS, map(_space_row, spaces)),
            NETWORKS_TEXT,
            _table(NETWORK_HEADINGS, map(_network_row, NETWORKS.values())),
        ]
    )


def blocks() -> list[Block]:
    """Returns the blocks as they are declared, a family before those that build upon it."""
    built_in = [known for known in OPERATIONS.values() if known.name in BUILT_IN]
    # Of several decorators the last is applied first, and they are written in the order to be read in.
    return [Block(tuple(members)[::-1]) for _, members in groupby(built_in, lambda known: known.block)]


def operation_graph(operation: Operation, stride: int) -> Graph | None:
    """Returns the operation alone, or None where it adds no layer."""
    g = GraphBuilder(BLOCK_INPUT)
    output = operation.add_to(g, g.image, BLOCK_INPUT[0], stride=stride)
    return None if output.is_zero or output == g.image else g.finish(output)


def _family(name: str, members: Sequence[Block]) -> str:
    rows = [_operation_row(operation) for block in members for operation in block.operations]
    pictures = [f"![{block.operations[0].name}]({block.path})" for block in members if block.outline]
    sections = [
        f"### {name.capitalize()}\n",
        f"{_opening(members[0].operations[0].block, paragraph=True)}\n",
        _table(OPERATION_HEADINGS, rows),
        *[f"- {_names(block)}: {block.operations[0].notes}" for block in members],
        "",
        *pictures,
    ]
    return "\n".join([*sections, ""] if pictures else sections)


def _names(block: Block) -> str:
    return ", ".join(f"`{operation.name}`" for operation in block.operations)


def _operation_row(operation: Operation) -> tuple[str, ...]:
    graph = operation_graph(operation, stride=1)
    price = cost(graph) if graph else Cost()
    return (
        f"`{operation.name}`",
        f"`{operation.formula}`",
        f"{price.parameters:,}",
        f"{price.multiply_adds:,}",
    )


def _space_row(space: Space) -> tuple[str, ...]:
    fitted = space.fitted(SPACE_IMAGE, SPACE_CLASSES)
    costs = survey(fitted, SPACE_IMAGE, SPACE_CLASSES, SAMPLES, Random(SEED))
    return (
        f"`{space.name}`",
        _opening(type(space)),
        str(len(space.decisions)),
        f"{space.size:,}" if space.size < WRITTEN_OUT else f"10^{math.log10(space.size):.1f}",
        " / ".join(f"{value:,}" for value in costs.spread(lambda price: price.parameters)),
        " / ".join(_millions(value) for value in costs.spread(lambda price: price.multiply_adds)),
    )


def _network_row(network: ReferenceNetwork) -> tuple[str, ...]:
    price = cost(network.network(network.image, network.classes))
    return (
        f"`{network.name}`",
        network.source,
        _size(network.image),
        f"{network.classes:,}",
        f"{price.parameters:,}",
        _millions(price.multiply_adds),
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _opening(declared: object, *, paragraph: bool = False) -> str:
    """Returns the first line, or the first paragraph in one line, of the docstring of the file that declares it."""
    text = inspect.getdoc(inspect.getmodule(declared)) or ""
    return " ".join(text.partition("\n\n" if paragraph else "\n")[0].split())


def _size(shape: Shape) -> str:
    return "x".join(map(str, shape))


def _millions(count: int) -> str:
    return f"{count / 1e6:,.2f}"


if __name__ == "__main__":
    write()
