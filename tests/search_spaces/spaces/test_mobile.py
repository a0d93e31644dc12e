"""The mobile space: stages, blocks, what has no effect, sizes."""

from itertools import pairwise
from random import Random

import pytest

from search_spaces.cheapest import MEASURES
from search_spaces.errors import SpaceError
from search_spaces.feasibility import minimum_cost
from search_spaces.graph import Graph
from search_spaces.layers import Add, Conv, Pool, Scale
from search_spaces.registry import build_space
from search_spaces.spaces.mobile import CHOICES, STAGES, MobileSpace
from search_spaces.spaces.mobile_blocks import MobileBlock

IMAGE = (3, 32, 32)
PLAIN = {"block": "inverted", "kernel": "3", "expansion": "6", "squeeze_excite": "0", "skip": "identity"}
MOBILENET_V2 = {**PLAIN, "layers": "0", "width": "1"}


def chosen(space: MobileSpace, *stages: dict[str, str]):
    """The architecture of MobileNetV2 with other choices in the first stages."""
    tokens = []
    for stage in range(len(STAGES)):
        options = MOBILENET_V2 | (stages[stage] if stage < len(stages) else {})
        tokens += [CHOICES[name].index(options[name]) for name in CHOICES]
    return space.architecture(tokens)


def stage_of(graph: Graph, stage: int, block: int):
    return [node for node in graph.nodes if node.scope[:2] == (f"stage{stage}", f"block{block}")]


def test_mobilenet_v2_is_in_it_but_for_its_first_stage():
    """Sandler et al. 2018, table 4: 3.4 M parameters and 300 M multiply-adds at 224x224, for 1,000 classes.

    The first stage of the paper has no expansion, which a separable block is.
    """
    space = build_space("mobile", multiplier=1.0, reductions=5)
    price = space.price(chosen(space, {"block": "separable"}), (3, 224, 224), 1000)
    assert price.parameters == 3_504_872  # as published with the network's reference implementation
    assert price.multiply_adds == pytest.approx(300e6, rel=0.01)


def test_every_stage_decides_the_same():
    decisions = build_space("mobile").decisions
    assert len(decisions) == len(STAGES) * len(CHOICES)
    assert [decision.name for decision in decisions[7:14]] == [f"stage1.{name}" for name in CHOICES]


@pytest.mark.parametrize(
    ("reductions", "strides"),
    [(5, [2, 1, 2, 2, 2, 1, 2, 1]), (3, [1, 1, 1, 2, 2, 1, 2, 1]), (0, [1] * 8)],
)
def test_fewer_reductions_leave_out_the_first(reductions, strides):
    space = build_space("mobile", reductions=reductions)
    graph = space.network(chosen(space), (3, 64, 64), 10)
    stem = [
        node.layer.stride for node in graph.nodes if node.scope == ("stem",) and isinstance(node.layer, Conv)
    ]
    stages = [
        max(node.layer.stride for node in stage_of(graph, stage, 0) if isinstance(node.layer, Conv))
        for stage in range(len(STAGES))
    ]
    assert stem + stages == strides


@pytest.mark.parametrize(
    ("kind", "kernels"),
    [("conv", [(5, 1)]), ("separable", [(5, 8), (1, 1)]), ("inverted", [(1, 1), (5, 24), (1, 1)])],
)
def test_the_kinds_of_block(kind, kernels):
    """Kernels and groups of the convolutions."""
    space = build_space("mobile", multiplier=0.5)
    choices = {"block": kind, "kernel": "5", "expansion": "3"}
    graph = space.network(chosen(space, {}, choices), IMAGE, 10)
    convs = [node.layer for node in stage_of(graph, 1, 0) if isinstance(node.layer, Conv)]
    assert [(conv.kernel[0], conv.groups) for conv in convs] == kernels


@pytest.mark.parametrize("kind", CHOICES["block"])
def test_a_gate_is_a_quarter_of_the_input_wide(kind):
    space = build_space("mobile", multiplier=1.0)
    graph = space.network(chosen(space, {}, {}, {"block": kind, "squeeze_excite": "0.25"}), IMAGE, 10)
    nodes = stage_of(graph, 2, 1)
    assert sum(isinstance(node.layer, Scale) for node in nodes) == 1
    gate = [node.layer for node in nodes if node.scope[-1] == "gate" and isinstance(node.layer, Conv)]
    assert gate[0].channels_out == 32 // 4


@pytest.mark.parametrize(("skip", "expected"), [("none", (0, 0)), ("identity", (1, 0)), ("pool", (1, 1))])
def test_what_is_added_to_a_block(skip, expected):
    space = build_space("mobile")
    nodes = stage_of(space.network(chosen(space, {}, {"skip": skip}), IMAGE, 10), 1, 1)
    assert tuple(sum(isinstance(node.layer, kind) for node in nodes) for kind in (Add, Pool)) == expected


def test_only_pooling_gets_past_a_stride():
    block = {"kernel": 3, "expansion": 6, "is_excited": False, "channels_in": 8, "stride": 2}
    skips = {
        skip: MobileBlock.effective("inverted", skip, **block, channels_out=8).skip
        for skip in CHOICES["skip"]
    }
    assert skips == {"none": "none", "identity": "none", "pool": "pool"}
    assert MobileBlock.effective("inverted", "pool", **block, channels_out=9).skip == "none"


@pytest.mark.parametrize(
    ("stage", "change", "has_effect"),
    [
        (0, {"block": "separable", "expansion": "3"}, False),  # no expansion where nothing is expanded
        (0, {"layers": "-1"}, False),  # of one block there is none to leave out
        (0, {"skip": "none"}, False),  # a block that changes the width has nothing past it
        (0, {"layers": "1", "skip": "none"}, True),
        (1, {"expansion": "3"}, True),
        (1, {"squeeze_excite": "0.25"}, True),
        (1, {"layers": "-1"}, True),
        (2, {"kernel": "5"}, True),
        (2, {"width": "0.75"}, True),
        (2, {"skip": "pool"}, True),
    ],
)
def test_choices_without_effect_do_not_change_the_key(stage, change, has_effect):
    space = build_space("mobile")
    base = {"block": change["block"]} if "block" in change else {}
    one, other = (chosen(space, *[{}] * stage, choices) for choices in (base, base | change))
    is_other_network = space.network(one, IMAGE, 10) != space.network(other, IMAGE, 10)
    assert is_other_network == has_effect
    assert (space.canonical_key(one) != space.canonical_key(other)) == has_effect


def test_the_cheapest_is_cheaper_than_any_other():
    for multiplier in (0.125, 1.0):
        space = build_space("mobile", multiplier=multiplier)
        least = minimum_cost(space, IMAGE, 10)
        candidates = [space.random(Random(seed)) for seed in range(200)]
        candidates += [
            neighbour for cheap in space.cheapest(IMAGE, 10) for neighbour in space.neighbours(cheap)
        ]
        prices = [space.price(one, IMAGE, 10) for one in candidates]
        assert all(measure(least) <= min(map(measure, prices)) for measure in MEASURES)


def test_a_picture_too_small_is_refused_with_the_numbers():
    space = build_space("mobile", reductions=4)
    with pytest.raises(SpaceError, match=r"^picture of 15x40 pixels: 4 reductions need at least 16 pixels"):
        space.network(chosen(space), (3, 15, 40), 10)


def test_its_outline_shows_runs_of_equal_blocks():
    space = build_space("mobile", multiplier=1.0)
    excited = {"block": "separable", "squeeze_excite": "0.25", "skip": "pool", "kernel": "5"}
    (panel,) = space.outline(chosen(space, {}, {}, {}, excited)).panels
    labels = {box.key: (box.label, box.note) for box in panel.boxes}
    assert labels["stage3.block0"] == ("separable 5x5, excited / 2", "64 channels")
    assert labels["stage3.block1"] == ("3 x separable 5x5, excited, skip pool", "64 channels")
    assert labels["stage4.block1"] == ("2 x inverted 3x3, expansion 6, skip identity", "96 channels")
    keys = [box.key for box in panel.boxes]
    assert panel.arrows == tuple(pairwise(keys))
