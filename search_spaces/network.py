"""From cells to a whole network: stem, stages of normal cells with a reduction cell between them, classifier.

    picture -> stem -> N normal -> reduction -> N normal -> ... -> N normal -> activation, mean, linear

Every cell sees the outputs of the last two cells (the stem stands for those that are missing), each fitted to the
cell's width by activation, 1x1 convolution, normalisation, or by `factorised_reduce` where it is larger than the other.
A reduction cell halves height and width and doubles the width. Zoph et al. 2018, section 3 and appendix A.
"""

from dataclasses import dataclass, field

from search_spaces.assembly import Assembler
from search_spaces.cell import CURRENT, PREVIOUS, Cell
from search_spaces.errors import SpaceError
from search_spaces.graph import GraphBuilder, Shape, Value
from search_spaces.operations.attention import excite
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.operations.identity import factorised_reduce
from search_spaces.style import Style

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
    style: Style = field(default_factory=Style)

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

    def assemble(self, g: Assembler, classes: int) -> Value:
        """Adds the network from the picture to `classes` logits; raises `SpaceError` for too small a picture."""
        previous = current = stem(g, self.filters)
        check_size(g.image.shape, current.shape, self.reductions)
        for index, place in enumerate(self.places):
            with g.scope(f"cell{index}"):
                previous, current = current, add_cell(g, self.cell(place), place, previous, current)
        return g.part("head", classify, current, classes)


def stem(g: GraphBuilder, filters: int) -> Value:
    """Adds norm(conv3x3(picture)), with stride 2 and again until no side is longer than `LARGEST_SIDE`."""
    with g.scope("stem"):
        x = g.norm(g.conv(g.image, filters, kernel=3, stride=_stem_stride(g.image)))
        while _stem_stride(x) == 2:
            x = act_conv_norm(g, x, filters, kernel=3, stride=2)
        return x


def _stem_stride(x: Value) -> int:
    return 2 if max(x.shape[1:]) > LARGEST_SIDE else 1


def check_size(image: Shape, reduced: Shape, reductions: int) -> None:
    """Raises `SpaceError` where a side is too short to be halved so often; `reduced` is what the stem made of it."""
    needed, side = 2**reductions, min(reduced[1:])
    if side < needed:
        where = "" if reduced[1:] == image[1:] else " after the stem"
        raise SpaceError(
            f"picture of {image[1]}x{image[2]} pixels: {reductions} reductions need at least {needed} pixels "
            f"a side{where}, got {side}; use larger pictures or fewer reductions"
        )


def add_cell(g: Assembler, cell: Cell, place: Place, previous: Value, current: Value) -> Value:
    """Adds one cell: two values of any width in, the loose ends out, (channels, ceil(H / stride), ceil(W / stride)).

    A loose end has `filters` channels, or twice as many where its block concatenates.
    """
    is_larger = previous.shape[1:] != current.shape[1:]
    fit = factorised_reduce if is_larger else act_conv_norm
    values = [
        g.part("previous", fit, previous, place.filters),
        g.part("current", act_conv_norm, current, place.filters),
    ]
    for index, block in enumerate(cell.blocks):
        sides = []
        for side, branch in (("left", block.left), ("right", block.right)):
            stride = 2 if place.is_reduction and branch.source in (PREVIOUS, CURRENT) else 1
            name, apply = f"block{index}_{side}", branch.operation.add_to
            sides.append(g.part(name, apply, values[branch.source], place.filters, stride=stride))
        values.append(g.concat(sides) if block.combine == "concat" else g.add(*sides))
    output = g.concat([values[source] for source in cell.loose_ends])
    return g.part("excite", excite, output, reduction=cell.excitation) if cell.excitation else output


def classify(g: GraphBuilder, x: Value, classes: int) -> Value:
    """Activation, mean, linear: (C, H, W) to (classes, 1, 1)."""
    return g.classifier(g.activation(x), classes=classes)
