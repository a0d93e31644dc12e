"""The cheapest cells, found without trying them all.

Why a few wirings are enough. The cost of a stack is a sum: each operation, by width, size and stride; each fitting of a
cell's input and the classifier, by the loose ends of the cell before; and a dead cell costs nothing. Excitation and
concatenating blocks only add to it, as an operation is no cheaper on more channels.

Without an operation that is zero:

1. Nothing costs more for using one of the cell's two inputs alone: the other need not be fitted, and may even die.
2. Only k, the number of a reduction cell's branches on its inputs, says how many operations have stride 2. A chain of
   blocks with all else on the block before has k = 2 and one loose end. Each further branch that moves to the input
   leaves one loose end up to k = blocks + 1, and from there on makes one more, up to k = 2 blocks.
3. So the cost over k is a straight line up to blocks + 1, and after it a straight line with, at most, a first step
   upwards (the concatenation). Its smallest value is at k = 2, blocks + 1 or 2 blocks.
4. In a normal cell k does not matter, and k = 2 it is.

With one:

5. A network may be all zero: what is left is a classifier of constants.
6. In any other, a cell that lives has an operation on an input, and that one alone is enough.
7. A reduction cell may be zero while its neighbours live, where the normal cell reads both inputs. Then it reads each
   once, in one block. Where the normal cell reads one input only, a reduction cell that it needs reads one as well.

What is left are a few wirings. As costs add up, in each of them every kind of branch takes the operation that is the
cheapest there, whatever the others take, for the measure in question.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from itertools import product

from search_spaces.cell import CURRENT, INPUTS, PREVIOUS, Block, Branch, Cell
from search_spaces.cheapest import cheapest_combinations
from search_spaces.complexity import Cost
from search_spaces.graph import GraphBuilder
from search_spaces.network import LARGEST_SIDE, CellStack
from search_spaces.operations import Operation


class Kind(Enum):
    """Branches of one kind take one operation."""

    NORMAL = auto()
    NORMAL_CURRENT = auto()
    """In a normal cell that reads both inputs, on the current one."""
    NEAR = auto()
    """In a reduction cell, on an input: stride 2."""
    FAR = auto()
    """In a reduction cell, on a block: stride 1."""
    NONE = auto()
    """An operation that is zero."""


Slot = tuple[Kind, int]
"""A branch whose operation is open: its kind and its source."""
Pattern = tuple[tuple[Slot, Slot], ...]
"""A cell whose operations are open."""
NOTHING: Slot = (Kind.NONE, PREVIOUS)


@dataclass(frozen=True, slots=True)
class Wiring:
    """Both cells, their operations open."""

    normal: Pattern
    reduction: Pattern

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of branches that occur."""
        return frozenset(kind for block in (*self.normal, *self.reduction) for kind, _ in block)

    def filled(self, stack: CellStack, operations: Mapping[Kind, Operation]) -> CellStack:
        """Returns a stack like `stack` with these cells and operations."""
        reduction = _filled(self.reduction, operations) if stack.reductions else None
        return replace(stack, normal=_filled(self.normal, operations), reduction=reduction)


def cheapest_stacks(
    stack: CellStack, operations: Sequence[Operation], price: Callable[[CellStack], Cost]
) -> Iterator[CellStack]:
    """Yields stacks like `stack` with other cells; for each measure one of them is as cheap as any can be."""
    blocks = len(stack.normal.blocks)
    zeros = [operation for operation in operations if _is_zero(operation, stack)]
    others = [operation for operation in operations if operation not in zeros]
    for wiring in _sparse_wirings(blocks) if zeros else _full_wirings(blocks):
        choices = {kind: zeros if kind is Kind.NONE else others for kind in wiring.kinds}
        if all(choices.values()):
            yield from cheapest_combinations(choices, partial(wiring.filled, stack), price)


def _full_wirings(blocks: int) -> Iterator[Wiring]:
    """Yields the wirings in which every operation counts."""
    for normal_source, source, near in product(
        (PREVIOUS, CURRENT), (PREVIOUS, CURRENT), sorted({2, blocks + 1, 2 * blocks})
    ):
        yield Wiring(
            _chain(blocks, 2, (Kind.NORMAL, normal_source), Kind.NORMAL),
            _chain(blocks, near, (Kind.NEAR, source), Kind.FAR),
        )


def _sparse_wirings(blocks: int) -> Iterator[Wiring]:
    """Yields the wirings in which all but the least is zero."""
    for normal_source, source in product((PREVIOUS, CURRENT), repeat=2):
        yield Wiring(_lone(blocks, (Kind.NORMAL, normal_source)), _lone(blocks, (Kind.NEAR, source)))
    both = _lone(blocks, (Kind.NORMAL, PREVIOUS), (Kind.NORMAL_CURRENT, CURRENT))
    yield Wiring(both, _lone(blocks))
    yield Wiring(_lone(blocks), _lone(blocks))


def _lone(blocks: int, left: Slot = NOTHING, right: Slot = NOTHING) -> Pattern:
    """Returns the cell in which only one block is not zero, if any."""
    return ((left, right), *[(NOTHING, NOTHING)] * (blocks - 1))


def _chain(blocks: int, near: int, slot: Slot, far: Kind) -> Pattern:
    """Returns the cell with `near` branches of the kind and source of `slot`, and the fewest loose ends.

    All other branches are on the block before.
    """
    movable = [(block, side) for side in (1, 0) for block in range(1, blocks)]
    moved = {(0, 0), (0, 1), *movable[: near - 2]}

    def branch(block: int, side: int) -> Slot:
        return slot if (block, side) in moved else (far, len(INPUTS) + block - 1)

    return tuple((branch(block, 0), branch(block, 1)) for block in range(blocks))


def _filled(pattern: Pattern, operations: Mapping[Kind, Operation]) -> Cell:
    branches = ([Branch(operations[kind], source) for kind, source in slots] for slots in pattern)
    return Cell(tuple(Block(left, right) for left, right in branches))


def _is_zero(operation: Operation, stack: CellStack) -> bool:
    g = GraphBuilder((stack.filters, LARGEST_SIDE, LARGEST_SIDE), stack.style)
    return operation.add_to(g, g.image, stack.filters, stride=1).is_zero
