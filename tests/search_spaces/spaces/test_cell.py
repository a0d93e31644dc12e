"""The cell space as a whole: keys against networks, sizes, outlines."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.architecture import Architecture
from search_spaces.cell import encode_cell
from search_spaces.complexity import cost
from search_spaces.errors import SpaceError
from search_spaces.registry import build_space
from search_spaces.space import Space
from tests.search_spaces.strategies import architectures, are_isomorphic, as_networkx, isomorphism_hash
from tests.search_spaces.test_canonical import shuffled

IMAGE = (1, 8, 8)
TWO = "identity,max_pool_3x3"


def classes_by_key(space: Space, sample: list[Architecture]) -> list[list[Architecture]]:
    classes: dict[str, list[Architecture]] = {}
    for architecture in sample:
        classes.setdefault(space.canonical_key(architecture), []).append(architecture)
    return list(classes.values())


def networks(space: Space, members: list[Architecture]):
    return [as_networkx(space.network(architecture, IMAGE, 10)) for architecture in members]


@pytest.mark.parametrize(
    "settings",
    [
        {"blocks": 1, "cells_per_stage": 1, "reductions": 0},  # both inputs of the one cell are the stem
        {"blocks": 1, "cells_per_stage": 2, "reductions": 0},
        {"blocks": 1, "cells_per_stage": 3, "reductions": 0},
        {"blocks": 1, "cells_per_stage": 1, "reductions": 1},  # the reduction cell may be dead
        {"blocks": 1, "cells_per_stage": 2, "reductions": 1},  # two cells alike may feed the reduction cell
        {"blocks": 1, "cells_per_stage": 1, "reductions": 2},
        {"blocks": 2, "cells_per_stage": 1, "reductions": 0},
    ],
    ids=str,
)
def test_keys_are_equal_exactly_where_networks_are_isomorphic(settings):
    """Over all architectures: within a class all are isomorphic, and no two classes are."""
    space = build_space("cell", filters=4, operations=TWO, **settings)
    classes = classes_by_key(space, list(space.enumerate()))
    assert 1 < len(classes) < space.size
    firsts: dict[str, list[object]] = {}
    for members in classes:
        first, *others = networks(space, members)
        assert all(are_isomorphic(first, other) for other in others)
        firsts.setdefault(isomorphism_hash(first), []).append(first)
    for alike in firsts.values():
        assert not any(are_isomorphic(one, other) for one, other in combinations(alike, 2))


@settings(deadline=None, max_examples=30)
@given(data=st.data(), rng=st.randoms(use_true_random=False))
def test_rewritten_architectures_have_one_key_and_one_cost(data, rng):
    space = build_space("cell", filters=4, cells_per_stage=1)
    architecture = data.draw(architectures(space))
    stack = space.stack(architecture)
    cells = [shuffled(cell, rng) for cell in (stack.normal, stack.reduction)]
    twin = space.architecture([token for cell in cells for token in encode_cell(cell, space.operations)])
    assert space.canonical_key(twin) == space.canonical_key(architecture)
    assert cost(space.network(twin, IMAGE, 10)) == cost(space.network(architecture, IMAGE, 10))


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


def test_the_list_of_operations_does_not_change_the_key():
    one, other = (
        build_space("cell", operations=names) for names in ("conv_3x3,identity", "identity,conv_1x1,conv_3x3")
    )
    tokens = [(0, 1, 0, 1) * 8, (0, 1, 2, 0) * 8]
    keys = {space.canonical_key(space.architecture(t)) for space, t in zip((one, other), tokens, strict=True)}
    assert len(keys) == 1


def test_without_reductions_only_the_normal_cell_is_decided():
    space = build_space("cell", reductions=0, blocks=3)
    assert {decision.name.partition(".")[0] for decision in space.decisions} == {"normal"}
    assert len(space.decisions) == 12
    assert len(space.outline(space.random(Random(0))).panels) == 1


def test_the_default_space_has_the_published_order_of_size():
    space = build_space("cell")
    sources = (2 * 3 * 4 * 5) ** 2
    assert space.size == (sources * 15**8) ** 2


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (
            (3, 3, 3),
            "picture of 3x3 pixels: 2 reductions need at least 4 pixels a side after the stem, got 3",
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
    space = build_space("cell", blocks=2, operations="conv_3x3,identity")
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


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_no_arrow_of_an_outline_goes_against_the_order_of_boxes(data):
    space = build_space("cell", blocks=5)
    for panel in space.outline(data.draw(architectures(space))).panels:
        order = {box.key: index for index, box in enumerate(panel.boxes)}
        assert len(order) == len(panel.boxes)
        assert all(order[tail] < order[head] for tail, head in panel.arrows)
        assert {key for arrow in panel.arrows for key in arrow} == set(order)
