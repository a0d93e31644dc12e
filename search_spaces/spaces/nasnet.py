"""The NASNet space: the cell space with the operations and the choices of Zoph et al. 2018, section 3.

Cells published elsewhere that it can express are its named architectures. What no block uses is concatenated to a
cell's output, as the paper says; the networks that were released add some values that are used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from search_spaces.architecture import Architecture
from search_spaces.cell import Block, Branch, Cell, Combine
from search_spaces.operations import Operation, find_operations
from search_spaces.reference.genotypes import AMOEBANET_A, NASNET_A, PNASNET_5, CellGenotype, Genotype
from search_spaces.spaces.cell import CellSpace

OPERATIONS = (
    "identity",
    "conv_1x3_3x1",
    "conv_1x7_7x1",
    "dilated_conv_3x3",
    "avg_pool_3x3",
    "max_pool_3x3",
    "max_pool_5x5",
    "max_pool_7x7",
    "conv_1x1",
    "conv_3x3",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "sep_conv_7x7",
)
"""Zoph et al. 2018, section 3, in the order of its list."""

PUBLISHED: Mapping[str, Genotype] = {
    "nasnet_a": NASNET_A,
    "amoebanet_a": AMOEBANET_A,
    "pnasnet_5": PNASNET_5,
}


@dataclass(frozen=True)
class NasnetSpace(CellSpace):
    """The cell space of the paper: 13 operations, and blocks that add or concatenate."""

    name: ClassVar[str] = "nasnet"
    combines: ClassVar[tuple[Combine, ...]] = ("add", "concat")

    blocks: Annotated[int, Ge(1), Le(12)] = 5
    """Blocks in each cell [5 in the paper]."""
    operations: tuple[Operation, ...] = find_operations(OPERATIONS)
    """What a block may apply: names with commas between them, "all" for all built-in ones."""
    squeeze_excite: bool = False
    """Whether each cell decides if its output is scaled by squeeze-and-excite; not in the paper."""

    @property
    def named(self) -> Mapping[str, Architecture]:
        """The published cells, where the settings have their number of blocks and all of their operations."""
        return {name: self._encoded(genotype) for name, genotype in PUBLISHED.items() if self._has(genotype)}

    def _has(self, genotype: Genotype) -> bool:
        known = {operation.name for operation in self.operations}
        return all(
            len(cell.blocks) == self.blocks
            and known.issuperset(name for block in cell.blocks for name, _ in block)
            for cell in (genotype.normal, genotype.reduction)
        )

    def _encoded(self, genotype: Genotype) -> Architecture:
        normal, reduction = _decoded(genotype.normal), _decoded(genotype.reduction)
        return self.encode(normal, reduction if self.reductions else None)


def _decoded(genotype: CellGenotype) -> Cell:
    names = [name for block in genotype.blocks for name, _ in block]
    operations = dict(zip(names, find_operations(names), strict=True))
    blocks = ([Branch(operations[name], source) for name, source in block] for block in genotype.blocks)
    return Cell(tuple(Block(left, right) for left, right in blocks))
