"""A cell as a value: blocks that each apply two operations to two earlier values and combine the results.

| token of a block | means                                                          |
|------------------|----------------------------------------------------------------|
| left_input       | 0 the previous cell's input, 1 the current one, 2 + i block i  |
| right_input      | the same                                                       |
| left_op          | an index into the operations of the space                      |
| right_op         | the same                                                       |
| combine          | an index into the `combines`, where there is more than one     |

Blocks that feed no other block are concatenated: Zoph et al. 2018, section 3, whose order of decisions this is. After
the blocks comes one token for the cell, where there is more than one of the `excitations`: whether its output is
scaled channel by channel.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from search_spaces.operations import Operation
from search_spaces.space import Decision

INPUTS = ("previous", "current")
"""The two values that enter a cell: the outputs of the last cell but one and of the last."""
PREVIOUS, CURRENT = range(2)

Combine = Literal["add", "concat"]
"""How a block makes one value of two: the sum, or the channels of both one after the other."""
COMBINE_SIGNS: Mapping[Combine, str] = {"add": "+", "concat": "concat"}
NO_EXCITATION = 0


@dataclass(frozen=True, slots=True)
class Branch:
    """One operation on one value. `source` counts the cell's inputs first, then its blocks."""

    operation: Operation
    source: int

    def __str__(self) -> str:
        return f"{self.operation.name}({source_name(self.source)})"


@dataclass(frozen=True, slots=True)
class Block:
    """Two branches, combined."""

    left: Branch
    right: Branch
    combine: Combine = "add"

    def __str__(self) -> str:
        return f"{self.left} {COMBINE_SIGNS[self.combine]} {self.right}"

    @property
    def branches(self) -> tuple[Branch, Branch]:
        """Left and right."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Cell:
    """Blocks in an order in which each uses only earlier ones.

    `excitation` is the reduction of the squeeze-and-excite that scales the cell's output, or `NO_EXCITATION`.

    >>> str(cell)  # doctest: +SKIP
    'block0 = conv_3x3(previous) + identity(current); block1 = max_pool_3x3(block0) + identity(block0)'
    """

    blocks: tuple[Block, ...]
    excitation: int = NO_EXCITATION

    def __str__(self) -> str:
        parts = [f"block{i} = {block}" for i, block in enumerate(self.blocks)]
        if self.excitation:
            parts.append(f"squeeze_excite_{self.excitation}")
        return "; ".join(parts)

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


@dataclass(frozen=True, slots=True)
class CellExtras:
    """What may be chosen in a cell besides inputs and operations. Of one option alone there is no decision."""

    combines: tuple[Combine, ...] = ("add",)
    excitations: tuple[int, ...] = (NO_EXCITATION,)


SUMS_ONLY = CellExtras()


def source_name(source: int) -> str:
    """Returns "previous", "current", "block0", ...."""
    return INPUTS[source] if source < len(INPUTS) else f"block{source - len(INPUTS)}"


def cell_decisions(
    prefix: str,
    blocks: int,
    operations: Sequence[Operation],
    extras: CellExtras = SUMS_ONLY,
    *,
    first: int = 0,
) -> Iterator[Decision]:
    """Yields the decisions that make one cell, in the order of the table above, after `first` others of the space."""
    names = tuple(operation.name for operation in operations)
    length = _block_length(extras)
    for block in range(blocks):
        sources = tuple(source_name(source) for source in range(len(INPUTS) + block))
        earlier = tuple(first + length * (before + 1) - 1 for before in range(block))
        nodes = (None,) * len(INPUTS) + earlier if earlier else ()
        yield Decision(f"{prefix}.block{block}.left_input", sources, nodes)
        yield Decision(f"{prefix}.block{block}.right_input", sources, nodes)
        yield Decision(f"{prefix}.block{block}.left_op", names)
        yield Decision(f"{prefix}.block{block}.right_op", names)
        if len(extras.combines) > 1:
            yield Decision(f"{prefix}.block{block}.combine", extras.combines)
    if len(extras.excitations) > 1:
        options = tuple(str(reduction) if reduction else "none" for reduction in extras.excitations)
        yield Decision(f"{prefix}.squeeze_excite", options)


def _block_length(extras: CellExtras) -> int:
    """Returns how many decisions make a block."""
    return 5 if len(extras.combines) > 1 else 4


def decode_cell(
    tokens: Sequence[int], operations: Sequence[Operation], extras: CellExtras = SUMS_ONLY
) -> Cell:
    """Returns the cell that these tokens, already validated, stand for."""
    *tokens, excitation = [*tokens, 0] if len(extras.excitations) == 1 else tokens
    length = _block_length(extras)
    blocks = []
    for start in range(0, len(tokens), length):
        left_input, right_input, left_op, right_op, *combine = tokens[start : start + length]
        left, right = Branch(operations[left_op], left_input), Branch(operations[right_op], right_input)
        blocks.append(Block(left, right, extras.combines[combine[0] if combine else 0]))
    return Cell(tuple(blocks), extras.excitations[excitation])


def encode_cell(
    cell: Cell, operations: Sequence[Operation], extras: CellExtras = SUMS_ONLY
) -> tuple[int, ...]:
    """Returns the tokens that `decode_cell` reads as this cell."""
    place = {operation: index for index, operation in enumerate(operations)}
    tokens = []
    for block in cell.blocks:
        left, right = block.branches
        tokens += [left.source, right.source, place[left.operation], place[right.operation]]
        if len(extras.combines) > 1:
            tokens.append(extras.combines.index(block.combine))
    if len(extras.excitations) > 1:
        tokens.append(extras.excitations.index(cell.excitation))
    return tuple(tokens)
