"""The cheapest cells, found without trying them all.

Why a few wirings are enough. The cost of a stack is a sum: each operation, by width, size and stride; each fitting of a
cell's input and the classifier, by the loose ends of the cell before; and a dead cell costs nothing.

1. Nothing is dearer for using one of the cell's two inputs alone: the other need not be fitted, and may even die.
2. Only k, the number of a reduction cell's branches on its inputs, says how many operations have stride 2. A chain of
   blocks with all else on the block before has k = 2 and one loose end. Each further branch that moves to the input
   leaves one loose end up to k = blocks + 1, and from there on makes one more, up to k = 2 blocks.
3. So the cost over k is a straight line up to blocks + 1, and after it a straight line with, at most, a first step
   upwards (the concatenation). Its smallest value is at k = 2, blocks + 1 or 2 blocks.
4. In a normal cell k does not matter, and k = 2 it is.

What is left are 2 sources for the normal cell times 2 sources and 3 values of k for the reduction cell. In each, every
kind of branch takes the operation that is the cheapest there, for the measure in question.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress, product
from operator import attrgetter

from search_spaces.cell import CURRENT, INPUTS, PREVIOUS, Block, Branch, Cell
from search_spaces.complexity import Cost, cost, total
from search_spaces.graph import IMAGE, GraphBuilder, Shape
from search_spaces.network import CellStack, stem
from search_spaces.operations import Operation

Price = Callable[[Operation, Shape, int], Cost]
"""What an operation on a value of some shape costs, at stride 1 or 2."""
MEASURES: tuple[Callable[[Cost], int], ...] = tuple(
    attrgetter(name) for name in ("parameters", "multiply_adds", "activation_bytes")
)


@dataclass(frozen=True, slots=True)
class Wiring:
    """A cell without its operations: `near` of its branches read the cell's input `source`, the others a block."""

    blocks: int
    source: int
    near: int

    def cell(self, near: Operation, far: Operation) -> Cell:
        """Returns the cell with one operation on the cell's input, another on blocks, and the fewest loose ends."""
        movable = [(block, side) for side in ("right", "left") for block in range(1, self.blocks)]
        moved = {(0, "left"), (0, "right"), *movable[: self.near - 2]}

        def branch(block: int, side: str) -> Branch:
            is_near = (block, side) in moved
            return Branch(near, self.source) if is_near else Branch(far, len(INPUTS) + block - 1)

        return Cell(
            tuple(Block(branch(block, "left"), branch(block, "right")) for block in range(self.blocks))
        )


def cheapest_stacks(stack: CellStack, operations: Sequence[Operation], image: Shape) -> Iterator[CellStack]:
    """Yields stacks like `stack` with other cells; for each measure one of them is as cheap as any can be."""
    price = cache(_price)
    any_one = operations[0]
    for normal, reduction in _wirings(len(stack.normal.blocks)):
        wired = _with_cells(stack, normal.cell(any_one, any_one), reduction.cell(any_one, any_one))
        living = list(compress(zip(stack.places, _input_shapes(stack, image), strict=True), wired.live))
        in_normal = [shape for place, shape in living if not place.is_reduction]
        in_reduction = [shape for place, shape in living if place.is_reduction]
        plain = _prices(price, operations, in_normal, 1)
        near = _prices(price, operations, in_reduction, 2)
        far = _prices(price, operations, [_halved(shape) for shape in in_reduction], 1)
        for measure in MEASURES:
            best = [min(prices, key=lambda one: measure(prices[one])) for prices in (plain, near, far)]
            yield _with_cells(stack, normal.cell(best[0], best[0]), reduction.cell(best[1], best[2]))


def _wirings(blocks: int) -> Iterator[tuple[Wiring, Wiring]]:
    for normal_source, source, near in product(
        (PREVIOUS, CURRENT), (PREVIOUS, CURRENT), sorted({2, blocks + 1, 2 * blocks})
    ):
        yield Wiring(blocks, normal_source, 2), Wiring(blocks, source, near)


def _with_cells(stack: CellStack, normal: Cell, reduction: Cell) -> CellStack:
    return replace(stack, normal=normal, reduction=reduction if stack.reductions else None)


def _input_shapes(stack: CellStack, image: Shape) -> Iterator[Shape]:
    """Yields for every place the shape of the cell's fitted inputs: (filters, H, W)."""
    shape = stem(GraphBuilder(image), stack.filters).shape
    for place in stack.places:
        yield (place.filters, *shape[1:])
        shape = _halved(shape) if place.is_reduction else shape


def _halved(shape: Shape) -> Shape:
    """Returns the shape after a layer of stride 2."""
    channels, height, width = shape
    return (channels, -(-height // 2), -(-width // 2))


def _prices(
    price: Price, operations: Sequence[Operation], shapes: Sequence[Shape], stride: int
) -> Mapping[Operation, Cost]:
    """Returns what each operation costs at all these places together."""
    return {one: total(price(one, shape, stride) for shape in shapes) for one in operations}


def _price(operation: Operation, shape: Shape, stride: int) -> Cost:
    g = GraphBuilder(shape)
    output = operation.add_to(g, g.image, shape[0], stride=stride)
    return Cost() if output.index == IMAGE else cost(g.finish(output))
