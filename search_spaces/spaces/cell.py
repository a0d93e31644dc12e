"""The cell space: two cells are searched for and stacked into the network. After Zoph et al. 2018, section 3 (NASNet).

For each cell, normal and reduction, and each of its `blocks`, four decisions:

    left_input, right_input    previous, current, or an earlier block of the cell
    left_op, right_op          one of `operations`

The block is left_op(left_input) + right_op(right_input); blocks that feed no other are concatenated. In a reduction
cell the operations on the cell's inputs have stride 2. Everything else is fixed by the settings, the fields below.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Any, ClassVar, Self

from annotated_types import Ge, Le

from search_spaces.architecture import Architecture
from search_spaces.canonical import canonical_key
from search_spaces.cell import TOKENS_PER_BLOCK, cell_decisions, decode_cell, encode_cell
from search_spaces.errors import SpaceError
from search_spaces.graph import Graph, Shape
from search_spaces.network import CellStack
from search_spaces.operations import BUILT_IN, Operation, find_operations
from search_spaces.outline import Outline
from search_spaces.space import Decision, Space, digest
from search_spaces.spaces.cell_cheapest import cheapest_stacks
from search_spaces.spaces.cell_outline import outline_stack

ALL = "all"
"""Stands for every built-in operation in the setting `operations`: "all,my_op"."""


@dataclass(frozen=True)
class CellSpace(Space):
    """NASNet-style cells over any set of operations."""

    name: ClassVar[str] = "cell"

    blocks: Annotated[int, Ge(1), Le(10)] = 4
    """Blocks in each cell [4-7; NASNet-A has 5]."""
    cells_per_stage: Annotated[int, Ge(1), Le(50)] = 2
    """Normal cells between two reductions, N in the paper [1-3 to search, 6 to ship]."""
    filters: Annotated[int, Ge(1), Le(4096)] = 16
    """Width of the blocks before the first reduction, which doubles it, F in the paper [8-44]."""
    reductions: Annotated[int, Ge(0), Le(6)] = 2
    """Reduction cells [2 for 32x32 pictures]; without any, only a normal cell is searched for."""
    operations: tuple[Operation, ...] = find_operations(BUILT_IN)
    """What a block may apply. As a setting: names with commas between them, "all" for all built-in ones."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.operations or len(set(self.operations)) < len(self.operations):
            names = ",".join(operation.name for operation in self.operations)
            raise SpaceError(
                f"space {self.name!r}, setting 'operations': expected names, each once, got {names!r}"
            )

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """Four for each block, first of the normal cell, then, where there are reductions, of the reduction cell."""
        cells = ("normal", "reduction") if self.reductions else ("normal",)
        return tuple(
            decision for cell in cells for decision in cell_decisions(cell, self.blocks, self.operations)
        )

    @property
    def settings(self) -> Mapping[str, int | float | str | bool]:
        """The fields, the operations as names with commas between them."""
        names = ",".join(operation.name for operation in self.operations)
        return {**super().settings, "operations": names}

    @classmethod
    def from_settings(cls, *, operations: object = None, **settings: Any) -> Self:
        """Returns the space of these settings; raises `SpaceError` where an operation is not known."""
        if operations is None:
            return cls(**settings)
        names = [name.strip() for name in str(operations).split(",")]
        expanded = [known for name in names for known in (BUILT_IN if name == ALL else (name,))]
        return cls(operations=find_operations(expanded), **settings)

    def stack(self, architecture: Architecture) -> CellStack:
        """Returns the cells of an architecture and how they are stacked."""
        self.validate(architecture)
        length = TOKENS_PER_BLOCK * self.blocks
        normal = decode_cell(architecture.tokens[:length], self.operations)
        reduction = decode_cell(architecture.tokens[length:], self.operations) if self.reductions else None
        return CellStack(normal, reduction, self.cells_per_stage, self.filters, self.reductions)

    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:
        """Returns the stacked network; raises `SpaceError` where the picture is too small for the reductions."""
        return self.stack(architecture).network(image, classes)

    def canonical_key(self, architecture: Architecture) -> str:
        """Returns 32 hexadecimal digits, equal exactly for architectures whose networks are isomorphic.

        The order of operands and blocks does not matter, nor does a cell that nothing in the network uses.
        """
        return _key(self, architecture)

    def outline(self, architecture: Architecture) -> Outline:
        """Returns a panel for each cell."""
        return outline_stack(self.stack(architecture), title=str(architecture))

    def cheapest(self, image: Shape, classes: int) -> Iterator[Architecture]:  # noqa: ARG002
        """Yields a handful of architectures; `search_spaces.spaces.cell_cheapest` proves that they are enough."""
        template = self.stack(self.architecture((0,) * len(self.decisions)))
        for stack in cheapest_stacks(template, self.operations, image):
            cells = (stack.normal, stack.reduction) if stack.reduction else (stack.normal,)
            yield self.architecture([token for cell in cells for token in encode_cell(cell, self.operations)])


@lru_cache(maxsize=64)
def _key(space: CellSpace, architecture: Architecture) -> str:
    """Remembers the latest: a proposal's key is wanted to see that it is new, and soon again to record the trial."""
    return digest(space.name, canonical_key(space.stack(architecture)))
