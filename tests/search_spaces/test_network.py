import pytest

from search_spaces.assembly import Assembler
from search_spaces.cell import decode_cell
from search_spaces.graph import Graph
from search_spaces.network import LARGEST_SIDE, CellStack, Place, add_cell, stem
from search_spaces.operations import find_operations

OPERATIONS = find_operations(["conv_3x3", "identity"])
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
