"""The cell space: two cells are searched for and stacked into the network. After Zoph et al. 2018, section 3 (NASNet).

For each cell, normal and reduction, and each of its `blocks`, four decisions, and one for the whole cell:

    left_input, right_input    previous, current, or an earlier block of the cell
    left_op, right_op          one of `operations`
    squeeze_excite             none, or the reduction of the gate that scales the cell's output (Hu et al. 2018)

The block is left_op(left_input) + right_op(right_input); blocks that feed no other are concatenated. In a reduction
cell the operations on the cell's inputs have stride 2. Everything else is fixed by the settings, the fields below.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Annotated, Any, ClassVar, Self

from annotated_types import Ge, Le

from search_spaces.architecture import Architecture
from search_spaces.assembly import Assembler, Pricer
from search_spaces.cell import (
    NO_EXCITATION,
    Cell,
    CellExtras,
    Combine,
    cell_decisions,
    decode_cell,
    encode_cell,
)
from search_spaces.complexity import Cost
from search_spaces.errors import SpaceError
from search_spaces.graph import Shape, Value
from search_spaces.network import LARGEST_SIDE, CellStack
from search_spaces.operations import BUILT_IN, Operation, find_operations
from search_spaces.outline import Outline
from search_spaces.space import Decision
from search_spaces.spaces.cell_cheapest import cheapest_stacks
from search_spaces.spaces.cell_outline import outline_stack
from search_spaces.styled import StyledSpace

ALL = "all"
"""Stands for every built-in operation in the setting `operations`: "all,my_op"."""

EXCITATIONS = (NO_EXCITATION, 4, 8, 16)
"""Reductions of squeeze-and-excite. Hu et al. 2018, table 10."""

DEFAULT_OPERATIONS = (
    *("identity", "max_pool_3x3", "avg_pool_3x3"),
    *("conv_1x1", "conv_3x3", "conv_1x3_3x1"),
    *("sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3"),
    *("residual_basic", "residual_bottleneck"),
    *("inception", "inception_resnet"),
    *("resnext_c2", "resnext_c4", "resnext_c8"),
    *("squeeze_excite", "se_residual_bottleneck"),
    *("mbconv3_3x3", "dense_2", "highway", "fractal_2"),
)
"""Some of every family, and of those alike the cheaper: at stride 1 none takes more than three times the multiply-adds
of a 3x3 convolution, so that a cell drawn at random trains in reasonable time on a CPU. All can be built at any width.
Without `zero`: what is not needed need not be searched for either."""


@dataclass(frozen=True)
class CellSpace(StyledSpace):
    """NASNet-style cells over any set of operations."""

    name: ClassVar[str] = "cell"
    combines: ClassVar[tuple[Combine, ...]] = ("add",)

    blocks: Annotated[int, Ge(1), Le(12)] = 4
    """Blocks in each cell [4-7; NASNet-A has 5]."""
    cells_per_stage: Annotated[int, Ge(1), Le(50)] = 2
    """Normal cells between two reductions, N in the paper [1-3 to search, 6 to ship]."""
    filters: Annotated[int, Ge(1), Le(4096)] = 16
    """Width of the blocks before the first reduction, which doubles it, F in the paper [8-44]."""
    reductions: Annotated[int, Ge(0), Le(6)] = 2
    """Reduction cells [2 for 32x32 pictures]; without any, only a normal cell is searched for."""
    operations: tuple[Operation, ...] = find_operations(DEFAULT_OPERATIONS)
    """What a block may apply: names with commas between them, "all" for all built-in ones.

    The default has representatives of every family that are cheap enough for a small budget.
    """
    squeeze_excite: bool = True
    """Whether each cell decides if its output is scaled by squeeze-and-excite."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.operations or len(set(self.operations)) < len(self.operations):
            names = ",".join(operation.name for operation in self.operations)
            raise SpaceError(
                f"space {self.name!r}, setting 'operations': expected names, each once, got {names!r}"
            )
        self._check_widths()

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """Those of the normal cell, then, where there are reductions, those of the reduction cell."""
        decisions: list[Decision] = []
        for cell in self._cells:
            first = len(decisions)
            decisions += cell_decisions(cell, self.blocks, self.operations, self._extras, first=first)
        return tuple(decisions)

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
        length = len(self.decisions) // len(self._cells)
        runs = (architecture.tokens[:length], architecture.tokens[length:])
        normal, reduction = (decode_cell(run, self.operations, self._extras) if run else None for run in runs)
        assert normal is not None  # a space has at least one block
        return CellStack(normal, reduction, self.cells_per_stage, self.filters, self.reductions, self.style)

    def encode(self, normal: Cell, reduction: Cell | None) -> Architecture:
        """Returns the architecture that has these cells; `reduction` is None where there are no reductions."""
        cells = (normal, reduction) if reduction else (normal,)
        tokens = [token for cell in cells for token in encode_cell(cell, self.operations, self._extras)]
        return self.architecture(tokens)

    def assemble(self, g: Assembler, architecture: Architecture, classes: int) -> Value:
        """Adds the stacked network; raises `SpaceError` where the picture is too small for the reductions."""
        return self.stack(architecture).assemble(g, classes)

    def outline(self, architecture: Architecture) -> Outline:
        """Returns a panel for each cell."""
        return outline_stack(self.stack(architecture), title=self.text(architecture))

    def cheapest(self, image: Shape, classes: int) -> Iterator[Architecture]:
        """Yields a few architectures; `search_spaces.spaces.cell_cheapest` proves that they are enough."""
        template = self.stack(self.architecture((0,) * len(self.decisions)))

        def price(stack: CellStack) -> Cost:
            return self.price(self.encode(stack.normal, stack.reduction), image, classes)

        for stack in cheapest_stacks(template, self.operations, price):
            yield self.encode(stack.normal, stack.reduction)

    @property
    def _cells(self) -> tuple[str, ...]:
        return ("normal", "reduction") if self.reductions else ("normal",)

    @cached_property
    def _extras(self) -> CellExtras:
        return CellExtras(self.combines, EXCITATIONS if self.squeeze_excite else (NO_EXCITATION,))

    def _check_widths(self) -> None:
        """Raises `SpaceError` where an operation cannot be built at a width that the cells have."""
        widths = [self.filters * 2**stage for stage in range(self.reductions + 1)]
        multiples = (1, 2) if "concat" in self.combines else (1,)  # what blocks put out, in widths
        for width, operation, stride, multiple in product(widths, self.operations, (1, 2), multiples):
            g = Pricer((multiple * width, LARGEST_SIDE, LARGEST_SIDE), self.style)
            try:
                g.part("operation", operation.add_to, g.image, width, stride=stride)
            except SpaceError as error:
                raise SpaceError(
                    f"space {self.name!r}, setting 'operations', cells of {width} filters: {error}"
                ) from error
