"""NASNet-A, built of its published cells. Zoph et al. 2018.

Three stages of normal cells with a reduction cell between two of them. Every cell sees the outputs of the last two
cells; the classifier sees ReLU of the last. As in the released networks a normal cell puts out h_{i-1} too, beside what
its blocks compute. Paddings are symmetric, auxiliary heads and scheduled drop-path are ways of training and left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations import OPERATIONS
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.operations.identity import factorised_reduce, identity
from search_spaces.reference.catalogue import CIFAR, CIFAR_CLASSES, references
from search_spaces.reference.genotypes import BLOCK, NASNET_A, CellGenotype

STAGES = 3
STEM_WIDTH = 96
GROWTH = 2
"""A reduction cell has so many times the filters of the cells before it. Section 3."""


@dataclass(frozen=True, slots=True)
class NasNet:
    """A network called N @ P: N normal cells in each stage, P channels before the classifier."""

    cells: int
    penultimate: int
    reductions_in_stem: int = 0

    @property
    def width(self) -> int:
        """Filters of the first stage; a further one has twice as many."""
        growth: int = GROWTH ** (STAGES - 1)
        return self.penultimate // (len(NASNET_A.normal.output) * growth)


IMAGENET_ROWS: Mapping[str, NasNet] = {"nasnet_a_large": NasNet(6, 4032, reductions_in_stem=2)}
CIFAR_ROWS: Mapping[str, NasNet] = {"nasnet_a_cifar": NasNet(6, 768)}


@references(IMAGENET_ROWS, image=(3, 331, 331), source="Zoph et al. 2018, table 2, 6 @ 4032")
def nasnet(g: GraphBuilder, classes: int, row: NasNet) -> Value:
    """conv3x3 of stride 2 without padding, two reduction cells, then the stages."""
    with g.scope("stem"):
        x = g.norm(g.conv(g.image, STEM_WIDTH, kernel=3, stride=2, padding=0))
    return _stages(g, x, row, classes)


@references(CIFAR_ROWS, image=CIFAR, classes=CIFAR_CLASSES, source="Zoph et al. 2018, table 1, 6 @ 768")
def small_nasnet(g: GraphBuilder, classes: int, row: NasNet) -> Value:
    """conv3x3, then the stages."""
    with g.scope("stem"):
        x = g.norm(g.conv(g.image, STEM_WIDTH, kernel=3))
    return _stages(g, x, row, classes)


def _stages(g: GraphBuilder, x: Value, row: NasNet, classes: int) -> Value:
    previous = current = x
    for name, cell, width in _places(row):
        stride = 2 if cell is NASNET_A.reduction else 1
        with g.scope(name):
            previous, current = current, add_cell(g, cell, previous, current, width, stride=stride)
    with g.scope("head"):
        return g.classifier(g.relu(current), classes=classes)


def _places(row: NasNet) -> Iterator[tuple[str, CellGenotype, int]]:
    """Yields the name, the cell and the filters of every position from stem to classifier."""
    for number in range(row.reductions_in_stem):
        narrowing = GROWTH ** (row.reductions_in_stem - number)
        yield f"stem_reduction{number + 1}", NASNET_A.reduction, row.width // narrowing
    for stage in range(STAGES):
        width = row.width * GROWTH**stage
        if stage:
            yield f"stage{stage + 1}_reduction", NASNET_A.reduction, width
        for number in range(row.cells):
            yield f"stage{stage + 1}_cell{number + 1}", NASNET_A.normal, width


def add_cell(
    g: GraphBuilder, cell: CellGenotype, previous: Value, current: Value, width: int, *, stride: int
) -> Value:
    """Adds one cell: two values in, (outputs x width, ceil(H / stride), ceil(W / stride)) out.

    The first cell of a network sees the stem twice, once as it is.
    """
    with g.scope("previous"):
        first = previous if previous is current else _fit(g, previous, current, width)
    with g.scope("current"):
        values = [first, act_conv_norm(g, current, width)]
    for number, block in enumerate(cell.blocks, start=1):
        sides = []
        for side, (operation, source) in zip(("left", "right"), block, strict=True):
            with g.scope(f"block{number}_{side}"):
                step = stride if source < BLOCK else 1
                sides.append(OPERATIONS[operation].add_to(g, values[source], width, stride=step))
        values.append(g.add(*sides))
    with g.scope("output"):
        return g.concat([identity(g, values[source], width, stride=1) for source in cell.output])


def _fit(g: GraphBuilder, previous: Value, current: Value, width: int) -> Value:
    """The previous value with the size of the current one and `width` channels. Zoph et al. 2018, appendix A.4."""
    is_larger = previous.shape[1:] != current.shape[1:]
    return (factorised_reduce if is_larger else act_conv_norm)(g, previous, width)
