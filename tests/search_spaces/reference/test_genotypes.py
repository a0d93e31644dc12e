"""Published cells: that they are cells, and which of their values come out."""

import pytest

from search_spaces.operations import OPERATIONS
from search_spaces.reference.genotypes import (
    AMOEBANET_A,
    BLOCK,
    CURRENT,
    NASNET_A,
    PNASNET_5,
    PREVIOUS,
    CellGenotype,
)

CELLS = {
    "nasnet_a normal": NASNET_A.normal,
    "nasnet_a reduction": NASNET_A.reduction,
    "amoebanet_a normal": AMOEBANET_A.normal,
    "amoebanet_a reduction": AMOEBANET_A.reduction,
    "pnasnet_5": PNASNET_5.normal,
}
OUTPUT_THOUGH_USED = {
    "nasnet_a normal": {PREVIOUS},
    "nasnet_a reduction": {BLOCK + 1},
    "amoebanet_a normal": set(),
    "amoebanet_a reduction": set(),
    "pnasnet_5": {BLOCK + 2},
}


RELEASED = {  # operations pair by pair, and the values they take: 0 the current one, 1 the previous one, 2 + k block k
    "nasnet_a normal": ("s5 s3 s5 s3 avg id avg avg s3 id", "0111011100"),
    "nasnet_a reduction": ("s5 s7 max s7 avg s5 id avg s3 max", "0101013220"),
    "pnasnet_5": ("s5 max s7 max s5 s3 s3 max s3 id", "1100004010"),
}
SHORT = {
    "s3": "sep_conv_3x3",
    "s5": "sep_conv_5x5",
    "s7": "sep_conv_7x7",
    "avg": "avg_pool_3x3",
    "max": "max_pool_3x3",
    "id": "identity",
}


def used(cell: CellGenotype) -> set[int]:
    return {source for block in cell.blocks for _, source in block}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_cell_has_five_blocks_of_known_operations_on_earlier_values(cell):
    assert len(cell.blocks) == 5
    for number, block in enumerate(cell.blocks):
        for operation, source in block:
            assert operation in OPERATIONS
            assert PREVIOUS <= source < BLOCK + number


@pytest.mark.parametrize("name", CELLS)
def test_what_no_block_uses_comes_out_and_here_and_there_more(name):
    cell = CELLS[name]
    loose_ends = {BLOCK + number for number in range(5)} - used(cell)
    assert set(cell.output) == loose_ends | OUTPUT_THOUGH_USED[name]
    assert list(cell.output) == sorted(cell.output)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_both_inputs_of_a_cell_are_used(cell):
    assert {PREVIOUS, CURRENT} <= used(cell)


@pytest.mark.parametrize(("name", "operations", "sources"), [(k, *v) for k, v in RELEASED.items()])
def test_cells_are_those_of_the_released_models(name, operations, sources):
    swapped = {0: CURRENT, 1: PREVIOUS}
    released = [
        (SHORT[operation], swapped.get(int(source), int(source)))
        for operation, source in zip(operations.split(), sources, strict=True)
    ]
    assert [branch for block in CELLS[name].blocks for branch in block] == released


def test_pnasnet_has_one_cell():
    assert PNASNET_5.normal is PNASNET_5.reduction
