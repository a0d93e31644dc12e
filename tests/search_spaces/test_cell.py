"""Cells, their tokens and their decisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.cell import (
    NO_EXCITATION,
    CellExtras,
    cell_decisions,
    decode_cell,
    encode_cell,
    source_name,
)
from search_spaces.operations import find_operations

OPERATIONS = find_operations(["conv_3x3", "identity", "max_pool_3x3"])
EXTRAS = CellExtras(("add", "concat"), (NO_EXCITATION, 4, 16))


@st.composite
def cell_tokens(draw):
    blocks = draw(st.integers(1, 6))
    return [
        draw(st.integers(0, len(decision.options) - 1))
        for decision in cell_decisions("c", blocks, OPERATIONS)
    ]


@given(cell_tokens())
def test_a_cell_comes_back_from_its_tokens(tokens):
    assert list(encode_cell(decode_cell(tokens, OPERATIONS), OPERATIONS)) == tokens


@given(cell_tokens())
def test_every_block_is_used_or_a_loose_end(tokens):
    cell = decode_cell(tokens, OPERATIONS)
    blocks = set(range(2, 2 + len(cell.blocks)))
    assert set(cell.loose_ends) == blocks - cell.sources
    assert 1 + len(cell.blocks) in cell.loose_ends  # nothing comes after the last block
    assert list(cell.loose_ends) == sorted(cell.loose_ends)


def test_a_cell_reads_as_its_formula():
    cell = decode_cell((0, 1, 0, 1, 2, 2, 2, 1), OPERATIONS)
    assert str(cell) == (
        "block0 = conv_3x3(previous) + identity(current); block1 = max_pool_3x3(block0) + identity(block0)"
    )
    assert cell.loose_ends == (3,)
    assert cell.sources == {0, 1, 2}


def test_decisions_come_in_the_order_of_the_paper_and_only_look_back():
    decisions = list(cell_decisions("normal", 2, OPERATIONS))
    assert [decision.name.removeprefix("normal.block1.") for decision in decisions[4:]] == [
        "left_input",
        "right_input",
        "left_op",
        "right_op",
    ]
    assert decisions[0].options == ("previous", "current")
    assert decisions[5].options == ("previous", "current", "block0")
    assert decisions[7].options == ("conv_3x3", "identity", "max_pool_3x3")


def test_an_option_that_is_a_block_knows_the_decision_that_completes_it():
    decisions = list(cell_decisions("c", 3, OPERATIONS, EXTRAS, first=10))
    names = {decision.name: place for place, decision in enumerate(decisions, 10)}
    for decision in decisions:
        blocks = [option for option in decision.options if option.startswith("block")]
        ends = tuple(names[f"c.{block}.combine"] for block in blocks)
        assert decision.nodes == ((None, None, *ends) if blocks else ())
    assert decisions[10].nodes == (None, None, 14, 19)


def test_a_block_may_decide_how_it_combines_and_a_cell_whether_it_is_excited():
    decisions = list(cell_decisions("c", 2, OPERATIONS, EXTRAS))
    names = [decision.name.removeprefix("c.") for decision in decisions]
    assert names[4::5] == ["block0.combine", "block1.combine"]
    assert names[-1] == "squeeze_excite"
    assert [len(decision.options) for decision in decisions] == [2, 2, 3, 3, 2, 3, 3, 3, 3, 2, 3]
    assert decisions[4].options == ("add", "concat")
    assert decisions[-1].options == ("none", "4", "16")
    cell = decode_cell((0, 1, 0, 1, 0, 2, 2, 2, 1, 1, 2), OPERATIONS, EXTRAS)
    assert [block.combine for block in cell.blocks] == ["add", "concat"]
    assert cell.excitation == 16
    assert str(cell) == (
        "block0 = conv_3x3(previous) + identity(current); "
        "block1 = max_pool_3x3(block0) concat identity(block0); squeeze_excite_16"
    )


@pytest.mark.parametrize(
    "extras",
    [EXTRAS, CellExtras(combines=("concat", "add")), CellExtras(excitations=(NO_EXCITATION, 8))],
    ids=str,
)
@given(data=st.data(), blocks=st.integers(1, 4))
def test_a_cell_with_extras_comes_back_from_its_tokens(extras, data, blocks):
    decisions = cell_decisions("c", blocks, OPERATIONS, extras)
    tokens = tuple(data.draw(st.integers(0, len(decision.options) - 1)) for decision in decisions)
    assert encode_cell(decode_cell(tokens, OPERATIONS, extras), OPERATIONS, extras) == tokens


def test_what_has_one_option_is_no_decision_and_still_counts():
    extras = CellExtras(combines=("concat",), excitations=(8,))
    assert len(list(cell_decisions("c", 3, OPERATIONS, extras))) == 4 * 3
    cell = decode_cell((0, 1, 0, 1), OPERATIONS, extras)
    assert (cell.blocks[0].combine, cell.excitation) == ("concat", 8)


@pytest.mark.parametrize(("source", "name"), [(0, "previous"), (1, "current"), (2, "block0"), (11, "block9")])
def test_sources_have_names(source, name):
    assert source_name(source) == name
