"""The cell space as a whole: decisions, keys, what is refused, outlines."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.errors import SpaceError
from search_spaces.graph import GraphBuilder, Value
from search_spaces.layers import Conv
from search_spaces.operations import BUILT_IN, Operation, find_operations
from search_spaces.registry import build_space
from search_spaces.spaces.cell import DEFAULT_OPERATIONS, EXCITATIONS, CellSpace
from tests.search_spaces.operations.blocks import multiply_adds
from tests.search_spaces.strategies import architectures

IMAGE = (1, 8, 8)


def test_a_dead_reduction_cell_does_not_matter():
    space = build_space("toy")
    normal = (0, 0, 0, 0)  # previous alone: the cell before the last, which is the reduction cell, is skipped
    keys = {
        space.canonical_key(space.architecture((*normal, *rest))) for rest in ((0, 0, 0, 0), (1, 1, 1, 1))
    }
    assert len(keys) == 1
    normal = (1, 1, 0, 0)
    keys = {
        space.canonical_key(space.architecture((*normal, *rest))) for rest in ((0, 0, 0, 0), (1, 1, 1, 1))
    }
    assert len(keys) == 2


@pytest.mark.parametrize("change", [{"filters": 8}, {"cells_per_stage": 3}, {"reductions": 1}])
def test_settings_that_change_the_network_change_the_key(change):
    one, other = build_space("cell"), build_space("cell", **change)
    tokens = one.random(Random(0)).tokens
    keys = {space.canonical_key(space.architecture(tokens)) for space in (one, other)}
    assert len(keys) == 2


def test_settings_that_change_the_options_alone_do_not_change_the_key():
    """The same cells said in three spaces."""
    said = [
        ({"operations": "conv_3x3,identity"}, ((0, 1, 0, 1) * 4 + (0,)) * 2),
        ({"operations": "identity,conv_1x1,conv_3x3"}, ((0, 1, 2, 0) * 4 + (0,)) * 2),
        ({"operations": "conv_3x3,identity", "squeeze_excite": False}, (0, 1, 0, 1) * 8),
    ]
    spaces = [(build_space("cell", **settings), tokens) for settings, tokens in said]
    assert len({space.canonical_key(space.architecture(tokens)) for space, tokens in spaces}) == 1


def test_each_cell_decides_on_squeeze_and_excite_after_its_blocks():
    space = build_space("cell", blocks=2)
    normal, reduction = (space.decisions[place] for place in (8, 17))
    assert (normal.name, reduction.name) == ("normal.squeeze_excite", "reduction.squeeze_excite")
    assert normal.options == reduction.options == ("none", "4", "8", "16")
    assert not any("squeeze" in one.name for one in build_space("cell", squeeze_excite=False).decisions)


@pytest.mark.parametrize(("token", "middle"), [(0, None), (1, 8), (2, 4), (3, 2)])
def test_squeeze_and_excite_is_built_where_it_is_chosen(token, middle):
    space = build_space("cell", blocks=1, cells_per_stage=1, reductions=1, operations="conv_3x3", filters=16)
    graph = space.network(space.architecture([0, 1, 0, 0, 0, 0, 1, 0, 0, token]), IMAGE, 10)
    gates = [node.layer for node in graph.nodes if node.scope[1:] == ("excite", "gate")]
    widths = [gate.channels_out for gate in gates if isinstance(gate, Conv)]
    assert widths == ([middle, 32] if middle else [])


def test_without_reductions_only_the_normal_cell_is_decided():
    space = build_space("cell", reductions=0, blocks=3)
    assert {decision.name.partition(".")[0] for decision in space.decisions} == {"normal"}
    assert len(space.decisions) == 4 * 3 + 1
    assert len(space.outline(space.random(Random(0))).panels) == 1


def test_the_space_has_the_published_order_of_size():
    space = build_space("cell", squeeze_excite=False)
    sources = (2 * 3 * 4 * 5) ** 2
    assert space.size == (sources * len(DEFAULT_OPERATIONS) ** 8) ** 2
    assert build_space("cell").size == space.size * len(EXCITATIONS) ** 2


def test_the_default_operations_are_of_every_family_but_zero_and_fit_every_width():
    families = {operation.family for operation in find_operations(BUILT_IN)}
    chosen = build_space("cell").operations
    assert {operation.family for operation in chosen} == families - {"zero"}
    for filters in range(1, 12):
        assert build_space("cell", filters=filters).operations == chosen


@pytest.mark.parametrize("channels", [16, 64])
def test_no_default_operation_takes_more_than_three_3x3_convolutions(channels):
    unit = multiply_adds("conv_3x3", channels)
    assert max(multiply_adds(name, channels) for name in DEFAULT_OPERATIONS) <= 3 * unit


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"filters": 5, "operations": "identity,shuffle_unit_v2"},
            "setting 'operations', cells of 5 filters: operation 'shuffle_unit_v2': .*=5.* must be even",
        ),
        ({"operations": "zero,zero"}, "setting 'operations': expected names, each once, got 'zero,zero'"),
        ({"blocks": 13}, "setting 'blocks': expected a whole number from 1 to 12, got 13"),
        ({"squeeze_excite": 1}, "setting 'squeeze_excite': expected true or false, got 1"),
    ],
    ids=str,
)
def test_what_cannot_be_built_is_refused_with_the_space_and_the_setting(settings, message):
    with pytest.raises(SpaceError, match=f"^space 'cell', {message}"):
        build_space("cell", **settings)


def test_an_operation_that_fails_at_one_stride_is_refused_too():
    def unstrided(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        return g.conv(x, channels_out, kernel=3)

    with pytest.raises(SpaceError, match="cells of 16 filters: operation 'unstrided', stride 2: expected"):
        CellSpace(operations=(Operation("unstrided", "test", unstrided),))


def test_what_only_flows_into_zero_is_not_built():
    space = build_space("cell", blocks=2, operations="conv_3x3,zero", reductions=0, squeeze_excite=False)
    first_block_lost = space.architecture(
        [0, 1, 0, 0, 2, 1, 1, 0]
    )  # block1 = zero(block0) + conv_3x3(current)
    scopes = {node.scope for node in space.network(first_block_lost, IMAGE, 10).nodes}
    assert {scope[1] for scope in scopes if len(scope) > 1} == {"current", "block1_right"}
    nothing_left = space.architecture([0, 1, 1, 1, 2, 1, 1, 1])
    assert {node.scope for node in space.network(nothing_left, IMAGE, 10).nodes} == {("head",)}


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (
            (3, 3, 3),
            "picture of 3x3 pixels: 2 reductions need at least 4 pixels a side, got 3",
        ),
        (
            (3, 8, 256),
            "picture of 8x256 pixels: 2 reductions need at least 4 pixels a side after the stem, got 2",
        ),
    ],
)
def test_a_picture_too_small_is_refused_with_the_numbers(image, message):
    space = build_space("cell")
    with pytest.raises(SpaceError, match=f"^{message}; use larger pictures or fewer reductions$"):
        space.network(space.random(Random(0)), image, 10)


def test_the_outline_shows_each_cell_with_its_wiring():
    space = build_space("cell", blocks=2, operations="conv_3x3,identity", squeeze_excite=False)
    outline = space.outline(space.architecture([0, 0, 0, 1, 0, 2, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1]))
    assert [panel.title for panel in outline.panels] == ["Normal cell", "Reduction cell"]
    assert outline.stack == (
        "stem → 2 x normal (16 filters) → reduction (32 filters) → 2 x normal (32 filters) → "
        "reduction (64 filters) → 2 x normal (64 filters) → classifier"
    )
    normal, reduction = outline.panels
    assert [(box.key, box.label, box.role) for box in normal.boxes] == [
        ("previous", "previous", "input"),
        ("block0.left", "conv_3x3", "operation"),
        ("block0.right", "identity", "operation"),
        ("block0", "+", "join"),
        ("block1.left", "identity", "operation"),
        ("block1.right", "conv_3x3", "operation"),
        ("block1", "+", "join"),
        ("output", "output", "output"),
    ]
    assert ("block0", "block1.right") in normal.arrows
    assert normal.arrows[-1] == ("block1", "output")
    assert reduction.boxes[-1].label == "concat"
    assert reduction.arrows[-2:] == (("block0", "output"), ("block1", "output"))


def test_the_outline_shows_squeeze_and_excite_after_the_concatenation():
    space = build_space("cell", blocks=2, operations="conv_3x3,identity")
    tokens = [0, 0, 0, 1, 0, 2, 1, 0, 2, 0, 1, 0, 0, 0, 1, 1, 1, 3]
    normal, reduction = space.outline(space.architecture(tokens)).panels
    assert [(box.label, box.role) for box in normal.boxes[-3:]] == [
        ("+", "join"),
        ("squeeze_excite_8", "operation"),
        ("output", "output"),
    ]
    assert normal.arrows[-2:] == (("block1", "excite"), ("excite", "output"))
    assert [(box.label, box.role) for box in reduction.boxes[-3:]] == [
        ("concat", "join"),
        ("squeeze_excite_16", "operation"),
        ("output", "output"),
    ]
    assert reduction.arrows[-4:-1] == (("block0", "concat"), ("block1", "concat"), ("concat", "excite"))


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_cells_come_back_as_their_architecture(data):
    for space in (build_space("cell"), build_space("nasnet"), build_space("cell", reductions=0)):
        architecture = data.draw(architectures(space))
        stack = space.stack(architecture)
        assert space.encode(stack.normal, stack.reduction) == architecture


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_no_arrow_of_an_outline_goes_against_the_order_of_boxes(data):
    space = build_space("cell", blocks=5)
    for panel in space.outline(data.draw(architectures(space))).panels:
        order = {box.key: index for index, box in enumerate(panel.boxes)}
        assert len(order) == len(panel.boxes)
        assert all(order[tail] < order[head] for tail, head in panel.arrows)
        assert {key for arrow in panel.arrows for key in arrow} == set(order)


@pytest.mark.parametrize("settings", [{}, {"squeeze_excite": False, "blocks": 2}], ids=str)
def test_blocks_among_the_options_refer_to_the_same_cell(settings):
    decisions = build_space("cell", **settings).decisions
    for decision in decisions:
        cell = decision.name.partition(".")[0]
        for option, node in zip(decision.options, decision.nodes, strict=False):
            assert node is None or decisions[node].name == f"{cell}.{option}.right_op"
    assert any(decision.nodes for decision in decisions if decision.name.startswith("reduction"))
