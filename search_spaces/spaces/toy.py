"""The toy space: the cell space at its smallest, 256 architectures, for tests and quick looks."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from search_spaces.operations import Operation, find_operations
from search_spaces.spaces.cell import CellSpace


@dataclass(frozen=True)
class ToySpace(CellSpace):
    """Two cells of one block over two operations."""

    name: ClassVar[str] = "toy"

    blocks: Annotated[int, Ge(1), Le(2)] = 1
    cells_per_stage: Annotated[int, Ge(1), Le(4)] = 1
    filters: Annotated[int, Ge(1), Le(64)] = 4
    reductions: Annotated[int, Ge(0), Le(2)] = 1
    operations: tuple[Operation, ...] = find_operations(("conv_3x3", "max_pool_3x3"))
    squeeze_excite: bool = False
