"""The cells that architecture searches published, as data.

A branch is an operation of the spaces and what it is applied to: `PREVIOUS` is the output of the last cell but one,
`CURRENT` that of the last cell, `BLOCK + k` the sum that block k computes. A block adds two branches.
"""

from dataclasses import dataclass

PREVIOUS, CURRENT, BLOCK = range(3)

Branch = tuple[str, int]


@dataclass(frozen=True, slots=True)
class CellGenotype:
    """One cell: its blocks, and the sources that the published network concatenates to the cell's output.

    The search spaces concatenate what no block uses. The networks that were released add to that some sources that are
    used.
    """

    blocks: tuple[tuple[Branch, Branch], ...]
    output: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Genotype:
    """The two cells of a network."""

    normal: CellGenotype
    reduction: CellGenotype


NASNET_A = Genotype(
    normal=CellGenotype(
        (
            (("sep_conv_5x5", CURRENT), ("sep_conv_3x3", PREVIOUS)),
            (("sep_conv_5x5", PREVIOUS), ("sep_conv_3x3", PREVIOUS)),
            (("avg_pool_3x3", CURRENT), ("identity", PREVIOUS)),
            (("avg_pool_3x3", PREVIOUS), ("avg_pool_3x3", PREVIOUS)),
            (("sep_conv_3x3", CURRENT), ("identity", CURRENT)),
        ),
        output=(PREVIOUS, BLOCK, BLOCK + 1, BLOCK + 2, BLOCK + 3, BLOCK + 4),
    ),
    reduction=CellGenotype(
        (
            (("sep_conv_5x5", CURRENT), ("sep_conv_7x7", PREVIOUS)),
            (("max_pool_3x3", CURRENT), ("sep_conv_7x7", PREVIOUS)),
            (("avg_pool_3x3", CURRENT), ("sep_conv_5x5", PREVIOUS)),
            (("identity", BLOCK + 1), ("avg_pool_3x3", BLOCK)),
            (("sep_conv_3x3", BLOCK), ("max_pool_3x3", CURRENT)),
        ),
        output=(BLOCK + 1, BLOCK + 2, BLOCK + 3, BLOCK + 4),
    ),
)
"""Zoph et al. 2018, figure 4."""

AMOEBANET_A = Genotype(
    normal=CellGenotype(
        (
            (("avg_pool_3x3", PREVIOUS), ("max_pool_3x3", CURRENT)),
            (("sep_conv_3x3", PREVIOUS), ("sep_conv_5x5", BLOCK)),
            (("sep_conv_3x3", PREVIOUS), ("avg_pool_3x3", BLOCK + 1)),
            (("sep_conv_3x3", CURRENT), ("identity", CURRENT)),
            (("identity", PREVIOUS), ("avg_pool_3x3", CURRENT)),
        ),
        output=(BLOCK + 2, BLOCK + 3, BLOCK + 4),
    ),
    reduction=CellGenotype(
        (
            (("avg_pool_3x3", PREVIOUS), ("sep_conv_3x3", CURRENT)),
            (("max_pool_3x3", PREVIOUS), ("sep_conv_7x7", BLOCK)),
            (("sep_conv_7x7", PREVIOUS), ("avg_pool_3x3", CURRENT)),
            (("max_pool_3x3", PREVIOUS), ("max_pool_3x3", CURRENT)),
            (("conv_1x7_7x1", PREVIOUS), ("sep_conv_3x3", BLOCK + 3)),
        ),
        output=(BLOCK + 1, BLOCK + 2, BLOCK + 4),
    ),
)
"""Real et al. 2019, figure 5."""

_PNASNET_CELL = CellGenotype(
    (
        (("sep_conv_5x5", PREVIOUS), ("max_pool_3x3", PREVIOUS)),
        (("sep_conv_7x7", CURRENT), ("max_pool_3x3", CURRENT)),
        (("sep_conv_5x5", CURRENT), ("sep_conv_3x3", CURRENT)),
        (("sep_conv_3x3", BLOCK + 2), ("max_pool_3x3", CURRENT)),
        (("sep_conv_3x3", PREVIOUS), ("identity", CURRENT)),
    ),
    output=(BLOCK, BLOCK + 1, BLOCK + 2, BLOCK + 3, BLOCK + 4),
)

PNASNET_5 = Genotype(normal=_PNASNET_CELL, reduction=_PNASNET_CELL)
"""Liu et al. 2018, figure 1: one cell for both, with strides of two where it reduces."""
