"""From cells to a whole network: stem, stages of normal cells with a reduction cell between them, classifier.

    picture -> stem -> N normal -> reduction -> N normal -> ... -> N normal -> ReLU, mean, linear

Every cell sees the outputs of the last two cells (the stem stands for those that are missing), each fitted to the
cell's width by ReLU, 1x1 convolution, BN, or by `factorised_reduce` where it is larger than the other. A reduction cell
halves height and width and doubles the width. Zoph et al. 2018, section 3 and appendix A.
"""

from dataclasses import dataclass

from search_spaces.cell import CURRENT, PREVIOUS, Cell
from search_spaces.errors import SpaceError
from search_spaces.graph import Graph, GraphBuilder, Shape, Value
from search_spaces.operations.convolution import relu_conv_norm
from search_spaces.operations.identity import factorised_reduce

LARGEST_SIDE = 64
"""Cells see pictures of at most so many pixels a side; the stem halves larger ones."""


@dataclass(frozen=True, slots=True)
class Place:
    """One position of the stack: which of the two cells stands there, and how wide its blocks are."""

    is_reduction: bool
    filters: int


@dataclass(frozen=True, slots=True)
class CellStack:
    """Two cells and how often they are stacked. `reduction` is None where there are no reductions."""

    normal: Cell
    reduction: Cell | None
    cells_per_stage: int
    filters: int
    reductions: int

    @property
    def places(self) -> tuple[Place, ...]:
        """The positions from stem to classifier."""
        places = []
        for stage in range(self.reductions + 1):
            width = self.filters * 2**stage
            places += [Place(True, width)] * (stage > 0) + [Place(False, width)] * self.cells_per_stage
        return tuple(places)

    def cell(self, place: Place) -> Cell:
        """Returns the cell that stands there."""
        cell = self.reduction if place.is_reduction else self.normal
        assert cell is not None  # without a reduction cell there is no place for one
        return cell

    @property
    def live(self) -> tuple[bool, ...]:
        """For every place, whether its cell reaches the classifier. What does not is left out of the network."""
        places = self.places
        live = [False] * (len(places) - 1) + [True]
        for index in range(len(places) - 1, -1, -1):
            if live[index]:
                for source, offset in ((PREVIOUS, 2), (CURRENT, 1)):
                    if source in self.cell(places[index]).sources and index >= offset:
                        live[index - offset] = True
        return tuple(live)

    def network(self, image: Shape, classes: int) -> Graph:
        """Returns the network from a picture to `classes` logits; raises `SpaceError` for too small a picture."""
        g = GraphBuilder(image)
        previous = current = stem(g, self.filters)
        self._check_size(image, current.shape)
        for index, place in enumerate(self.places):
            with g.scope(f"cell{index}"):
                previous, current = current, add_cell(g, self.cell(place), place, previous, current)
        with g.scope("head"):
            return g.finish(g.classifier(g.relu(current), classes=classes))

    def _check_size(self, image: Shape, after_stem: Shape) -> None:
        needed, side = 2**self.reductions, min(after_stem[1:])
        if side < needed:
            raise SpaceError(
                f"picture of {image[1]}x{image[2]} pixels: {self.reductions} reductions need at least {needed} pixels "
                f"a side after the stem, got {side}; use larger pictures or fewer reductions"
            )


def stem(g: GraphBuilder, filters: int) -> Value:
    """Adds BN(conv3x3(picture)), with stride 2 and again until no side is longer than `LARGEST_SIDE`."""
    with g.scope("stem"):
        x = g.norm(g.conv(g.image, filters, kernel=3, stride=_stem_stride(g.image)))
        while _stem_stride(x) == 2:
            x = relu_conv_norm(g, x, filters, kernel=3, stride=2)
        return x


def _stem_stride(x: Value) -> int:
    return 2 if max(x.shape[1:]) > LARGEST_SIDE else 1


def add_cell(g: GraphBuilder, cell: Cell, place: Place, previous: Value, current: Value) -> Value:
    """Adds one cell: two values of any width in, (loose ends x filters, ceil(H / stride), ceil(W / stride)) out."""
    with g.scope("previous"):
        is_larger = previous.shape[1:] != current.shape[1:]
        fitted = (factorised_reduce if is_larger else relu_conv_norm)(g, previous, place.filters)
    with g.scope("current"):
        values = [fitted, relu_conv_norm(g, current, place.filters)]
    for index, block in enumerate(cell.blocks):
        sides = []
        for side, branch in (("left", block.left), ("right", block.right)):
            stride = 2 if place.is_reduction and branch.source in (PREVIOUS, CURRENT) else 1
            with g.scope(f"block{index}_{side}"):
                sides.append(branch.operation.add_to(g, values[branch.source], place.filters, stride=stride))
        values.append(g.add(*sides))
    return g.concat([values[source] for source in cell.loose_ends])
