"""Stacks of cells: where cells stand, what is fitted, what is left out, how wide and large everything is."""

from dataclasses import replace

import pytest

from search_spaces.assembly import Assembler
from search_spaces.cell import Block, Branch, Cell, decode_cell
from search_spaces.graph import Graph
from search_spaces.layers import Activation, BatchNorm, Conv, GroupNorm, Scale
from search_spaces.network import LARGEST_SIDE, CellStack, Place, add_cell, stem
from search_spaces.operations import find_operations
from search_spaces.style import Style

OPERATIONS = find_operations(["conv_3x3", "identity", "zero"])
NOTHING = decode_cell((0, 1, 2, 2), OPERATIONS)
BOTH = decode_cell((0, 1, 0, 0), OPERATIONS)
PREVIOUS_ONLY = decode_cell((0, 0, 0, 0), OPERATIONS)
CURRENT_ONLY = decode_cell((1, 1, 0, 0), OPERATIONS)
TWO_LOOSE_ENDS = decode_cell((0, 1, 0, 0, 1, 1, 0, 1), OPERATIONS)


def stack(normal, reduction, cells_per_stage=2, filters=4, reductions=1) -> CellStack:
    return CellStack(normal, reduction, cells_per_stage, filters, reductions)


def network(stacked: CellStack, image) -> Graph:
    g = Assembler(image, stacked.style)
    return g.finish(stacked.assemble(g, 10))


def test_places_alternate_stages_and_reductions_and_widen():
    places = stack(BOTH, BOTH, cells_per_stage=2, filters=4, reductions=2).places
    assert [(place.is_reduction, place.filters) for place in places] == [
        (False, 4),
        (False, 4),
        (True, 8),
        (False, 8),
        (False, 8),
        (True, 16),
        (False, 16),
        (False, 16),
    ]


@pytest.mark.parametrize(
    ("normal", "reduction", "live"),
    [
        (BOTH, BOTH, [True, True, True, True, True]),
        (CURRENT_ONLY, CURRENT_ONLY, [True, True, True, True, True]),
        (PREVIOUS_ONLY, CURRENT_ONLY, [False, True, True, False, True]),
        (CURRENT_ONLY, PREVIOUS_ONLY, [True, False, True, True, True]),
    ],
)
def test_only_cells_that_reach_the_classifier_are_live_and_built(normal, reduction, live):
    stacked = stack(normal, reduction)
    built = {node.scope[0] for node in network(stacked, (3, 8, 8)).nodes}
    assert built == {"stem", "head"} | {f"cell{index}" for index, is_live in enumerate(live) if is_live}


def test_reductions_halve_the_picture_and_double_the_width():
    stacked = stack(TWO_LOOSE_ENDS, TWO_LOOSE_ENDS, cells_per_stage=1, filters=4, reductions=2)
    graph = network(stacked, (3, 9, 8))
    outputs = {node.scope[0]: node.shape for node in graph.nodes if len(node.scope) == 1}
    assert [outputs[f"cell{index}"] for index in range(5)] == [
        (8, 9, 8),
        (16, 5, 4),
        (16, 5, 4),
        (32, 3, 2),
        (32, 3, 2),
    ]


def test_a_larger_previous_picture_is_reduced_to_fit():
    g = Assembler((3, 8, 8))
    large, small = g.relu(g.image), g.pool(g.image, "max", kernel=3, stride=2)
    with g.scope("cell"):
        output = add_cell(g, BOTH, Place(False, 6), large, small)
    assert output.shape == (6, 4, 4)
    scopes = {node.scope[1] for node in g.finish(output).nodes if len(node.scope) > 1}
    assert scopes == {"previous", "current", "block0_left", "block0_right"}


def test_only_the_inputs_of_a_reduction_cell_are_strided():
    cell = decode_cell((0, 1, 0, 0, 2, 2, 0, 0), OPERATIONS)
    g = Assembler((3, 8, 8))
    with g.scope("cell"):
        output = add_cell(g, cell, Place(True, 6), g.relu(g.image), g.relu(g.image))
    strides = {
        node.scope[-1]: node.layer.stride
        for node in g.finish(output).nodes
        if node.scope[-1].startswith("block") and hasattr(node.layer, "stride")
    }
    assert strides == {"block0_left": 2, "block0_right": 2, "block1_left": 1, "block1_right": 1}


def test_a_block_that_concatenates_widens_the_cell_and_not_its_operations():
    left, right = Branch(OPERATIONS[0], 0), Branch(OPERATIONS[0], 1)
    wide = Block(left, right, "concat")
    cell = Cell((wide, Block(Branch(OPERATIONS[1], 2), right), wide))
    g = Assembler((3, 8, 8))
    with g.scope("cell"):
        output = add_cell(g, cell, Place(False, 6), g.relu(g.image), g.relu(g.image))
    assert output.shape == (
        6 + 2 * 6,
        8,
        8,
    )  # the second block, whose identity narrows the first, and the third
    narrowing = [node.layer for node in g.finish(output).nodes if node.scope[-1] == "block1_left"]
    assert [(layer.channels_in, layer.channels_out) for layer in narrowing if isinstance(layer, Conv)] == [
        (12, 6)
    ]


def test_excitation_scales_what_the_cell_gives_on():
    cell = replace(TWO_LOOSE_ENDS, excitation=4)
    g = Assembler((3, 8, 8))
    with g.scope("cell"):
        output = add_cell(g, cell, Place(True, 6), g.relu(g.image), g.relu(g.image))
    last = g.finish(output).nodes[-1]
    assert (last.scope, last.layer, last.shape) == (("cell", "excite"), Scale(), (12, 4, 4))


@pytest.mark.parametrize("reduction", [BOTH, NOTHING], ids=["alive", "dead"])
def test_a_cell_of_zeros_leaves_no_trace(reduction):
    """Where both cells are dead, the logits do not depend on the picture; where one is, the other goes round it."""
    zeros = network(stack(NOTHING, reduction), (3, 8, 8))
    assert {node.scope for node in zeros.nodes} == {("head",)}
    scopes = {node.scope[0] for node in network(stack(BOTH, reduction), (3, 8, 8)).nodes}
    assert ("cell2" in scopes) == (reduction is BOTH)
    assert {"stem", "cell0", "cell1", "cell3", "cell4", "head"} <= scopes


def test_a_style_reaches_stem_cells_and_head():
    stacked = replace(stack(BOTH, BOTH), style=Style("group", "elu"))
    layers = [node.layer for node in network(stacked, (3, 8, 8)).nodes]
    assert {type(layer) for layer in layers if isinstance(layer, BatchNorm | GroupNorm)} == {GroupNorm}
    assert {layer.kind for layer in layers if isinstance(layer, Activation)} == {"elu"}


@pytest.mark.parametrize(
    ("image", "shape"),
    [
        ((3, 32, 32), (8, 32, 32)),
        ((1, 64, 10), (8, 64, 10)),
        ((3, 65, 65), (8, 33, 33)),
        ((3, 256, 100), (8, 64, 25)),
    ],
)
def test_the_stem_halves_pictures_until_they_are_small_enough(image, shape):
    g = Assembler(image)
    assert stem(g, 8).shape == shape
    assert max(shape[1:]) <= LARGEST_SIDE
