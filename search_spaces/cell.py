"""A cell as a value: blocks that each apply two operations to two earlier values and add the results.

| token of a block | means                                                          |
|------------------|----------------------------------------------------------------|
| left_input       | 0 the previous cell's input, 1 the current one, 2 + i block i  |
| right_input      | the same                                                       |
| left_op          | an index into the operations of the space                      |
| right_op         | the same                                                       |

Blocks that feed no other block are concatenated to the cell's output. Zoph et al. 2018, section 3, whose order of
decisions this is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search_spaces.operations import Operation
from search_spaces.space import Decision

INPUTS = ("previous", "current")
"""The two values that enter a cell: the outputs of the last cell but one and of the last."""
PREVIOUS, CURRENT = range(2)
TOKENS_PER_BLOCK = 4


@dataclass(frozen=True, slots=True)
class Branch:
    """One operation on one value. `source` counts the cell's inputs first, then its blocks."""

    operation: Operation
    source: int

    def __str__(self) -> str:
        return f"{self.operation.name}({source_name(self.source)})"


@dataclass(frozen=True, slots=True)
class Block:
    """The sum of two branches."""

    left: Branch
    right: Branch

    @property
    def branches(self) -> tuple[Branch, Branch]:
        """Left and right."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Cell:
    """Blocks in an order in which each uses only earlier ones.

    >>> str(cell)  # doctest: +SKIP
    'block0 = conv_3x3(previous) + identity(current); block1 = max_pool_3x3(block0) + identity(block0)'
    """

    blocks: tuple[Block, ...]

    def __str__(self) -> str:
        return "; ".join(f"block{i} = {block.left} + {block.right}" for i, block in enumerate(self.blocks))

    @property
    def sources(self) -> frozenset[int]:
        """Every value that some branch uses."""
        return frozenset(branch.source for block in self.blocks for branch in block.branches)

    @property
    def loose_ends(self) -> tuple[int, ...]:
        """The sources (2 + i for block i) that no branch uses; concatenated, they are the cell's output."""
        used = self.sources
        blocks = range(len(INPUTS), len(INPUTS) + len(self.blocks))
        return tuple(source for source in blocks if source not in used)


def source_name(source: int) -> str:
    """Returns "previous", "current", "block0", ...."""
    return INPUTS[source] if source < len(INPUTS) else f"block{source - len(INPUTS)}"


def cell_decisions(prefix: str, blocks: int, operations: Sequence[Operation]) -> Iterator[Decision]:
    """Yields the decisions that make one cell: four for each block, in the order of the table above."""
    names = tuple(operation.name for operation in operations)
    for block in range(blocks):
        sources = tuple(source_name(source) for source in range(len(INPUTS) + block))
        yield Decision(f"{prefix}.block{block}.left_input", sources)
        yield Decision(f"{prefix}.block{block}.right_input", sources)
        yield Decision(f"{prefix}.block{block}.left_op", names)
        yield Decision(f"{prefix}.block{block}.right_op", names)


def decode_cell(tokens: Sequence[int], operations: Sequence[Operation]) -> Cell:
    """Returns the cell that these tokens, already validated, stand for."""
    runs = (tokens[start : start + TOKENS_PER_BLOCK] for start in range(0, len(tokens), TOKENS_PER_BLOCK))
    return Cell(
        tuple(
            Block(Branch(operations[left_op], left_input), Branch(operations[right_op], right_input))
            for left_input, right_input, left_op, right_op in runs
        )
    )


def encode_cell(cell: Cell, operations: Sequence[Operation]) -> tuple[int, ...]:
    """Returns the tokens that `decode_cell` reads as this cell."""
    place = {operation: index for index, operation in enumerate(operations)}
    return tuple(
        token
        for left, right in (block.branches for block in cell.blocks)
        for token in (left.source, right.source, place[left.operation], place[right.operation])
    )
