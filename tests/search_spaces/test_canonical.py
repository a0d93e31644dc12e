"""The canonical form is equal exactly where a renumbering of blocks and a swap of operands make cells equal."""

import time
from itertools import permutations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.canonical import canonical_form
from search_spaces.cell import Block, Branch, Cell, decode_cell
from search_spaces.operations import find_operations

OPERATIONS = find_operations(["conv_3x3", "identity"])


def random_cell(rng: Random, blocks: int, operations=OPERATIONS) -> Cell:
    """A cell whose blocks often look alike, so that ties are common."""
    tokens = []
    for block in range(blocks):
        tokens += [rng.randrange(2 + block) for _ in range(2)] + [
            rng.randrange(len(operations)) for _ in range(2)
        ]
    return decode_cell(tokens, operations)


def shuffled(cell: Cell, rng: Random) -> Cell:
    """The same cell with its blocks in another valid order and operands swapped at random."""
    place = {0: 0, 1: 1}
    blocks: list[Block] = []
    while len(blocks) < len(cell.blocks):
        ready = [
            index
            for index, block in enumerate(cell.blocks)
            if index + 2 not in place and all(branch.source in place for branch in block.branches)
        ]
        index = rng.choice(ready)
        sides = [Branch(side.operation, place[side.source]) for side in cell.blocks[index].branches]
        rng.shuffle(sides)
        place[index + 2] = len(blocks) + 2
        blocks.append(Block(*sides))
    return Cell(tuple(blocks))


def are_equal_by_trial(one: Cell, other: Cell) -> bool:
    """The definition itself: some renumbering of blocks makes one the other, operands unordered."""

    def edges(block: Block, place: dict[int, int]) -> list[tuple[str, int]]:
        return sorted((side.operation.name, place[side.source]) for side in block.branches)

    same = {source: source for source in range(2 + len(one.blocks))}
    wanted = [edges(block, same) for block in other.blocks]
    for order in permutations(range(len(one.blocks))):
        place = {0: 0, 1: 1} | {2 + old: 2 + new for old, new in enumerate(order)}
        if all(edges(block, place) == wanted[order[old]] for old, block in enumerate(one.blocks)):
            return True
    return False


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 7))
def test_other_orders_of_blocks_and_operands_change_nothing(rng, blocks):
    cell = random_cell(rng, blocks)
    assert canonical_form(shuffled(cell, rng)) == canonical_form(cell)


@settings(deadline=None, max_examples=200)
@given(st.randoms(use_true_random=False), st.integers(2, 4))
def test_forms_are_equal_exactly_where_some_renumbering_makes_the_cells_equal(rng, blocks):
    one, other = random_cell(rng, blocks), random_cell(rng, blocks)
    assert (canonical_form(one) == canonical_form(other)) == are_equal_by_trial(one, other)


def test_all_cells_of_two_blocks_fall_into_the_right_classes():
    ranges = [range(2)] * 4 + [range(3)] * 2 + [range(2)] * 2
    cells = [decode_cell(tokens, OPERATIONS) for tokens in product(*ranges)]
    classes: dict[object, list[Cell]] = {}
    for cell in cells:
        classes.setdefault(canonical_form(cell), []).append(cell)
    for members in classes.values():
        assert all(are_equal_by_trial(members[0], member) for member in members)
    firsts = [members[0] for members in classes.values()]
    assert not any(are_equal_by_trial(a, b) for i, a in enumerate(firsts) for b in firsts[:i])


def test_equal_blocks_with_different_users_may_come_in_either_order():
    conv, same = OPERATIONS
    base = Block(Branch(conv, 0), Branch(conv, 0))
    cells = [
        Cell((base, base, Block(Branch(conv, a), Branch(conv, 0)), Block(Branch(same, b), Branch(same, 0))))
        for a, b in ((2, 3), (3, 2), (2, 2))
    ]
    forms = [canonical_form(cell) for cell in cells]
    assert forms[0] == forms[1] != forms[2]


def test_equal_blocks_stay_two():
    conv, same = OPERATIONS
    twice = Block(Branch(conv, 0), Branch(conv, 1))
    shared = Cell((twice, twice, Block(Branch(same, 2), Branch(same, 2))))
    apart = Cell((twice, twice, Block(Branch(same, 2), Branch(same, 3))))
    assert canonical_form(shared) != canonical_form(apart)


def test_the_inputs_of_a_cell_are_told_apart():
    conv, same = OPERATIONS
    one, other = (Cell((Block(Branch(conv, a), Branch(same, b)),)) for a, b in ((0, 1), (1, 0)))
    assert canonical_form(one) != canonical_form(other)
    assert canonical_form(one) == canonical_form(other, inputs=(1, 0))


@pytest.mark.parametrize("sources", [(0, 0), (0, 1)])
def test_many_equal_blocks_do_not_make_it_slow(sources):
    """Ten equal blocks have 3,628,800 orders."""
    conv = OPERATIONS[0]
    cell = Cell((Block(Branch(conv, sources[0]), Branch(conv, sources[1])),) * 10)
    start = time.process_time()
    assert len(set(canonical_form(cell))) == 1
    assert time.process_time() - start < 0.5


def test_pairs_of_equal_chains_do_not_make_it_slow():
    conv = OPERATIONS[0]
    bases = (Block(Branch(conv, 0), Branch(conv, 0)),) * 4
    users = tuple(Block(Branch(conv, 2 + i), Branch(conv, 2 + i)) for i in range(4))
    start = time.process_time()
    form = canonical_form(Cell(bases + users))
    assert time.process_time() - start < 0.5
    assert form == canonical_form(
        Cell(tuple(x for i in range(4) for x in (bases[0], Block(*[Branch(conv, 2 + 2 * i)] * 2))))
    )
