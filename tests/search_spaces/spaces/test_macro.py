"""The macro space: layers, connections, sizes, keys, the cheapest."""

import itertools
import re
from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

import networkx as nx
import pytest

from search_spaces.architecture import Architecture
from search_spaces.cheapest import MEASURES
from search_spaces.errors import SpaceError
from search_spaces.feasibility import minimum_cost
from search_spaces.graph import IMAGE as PICTURE
from search_spaces.graph import Graph
from search_spaces.layers import Concat, Conv, Linear, PadPixels
from search_spaces.registry import build_space
from search_spaces.spaces.macro import MacroSpace, loose_ends

IMAGE = (3, 16, 12)


def layers_of(*layers: tuple[int, ...]) -> list[int]:
    """The tokens of all layers, one after the other."""
    return [token for layer in layers for token in layer]


def convolutions(graph: Graph) -> list[Conv]:
    return [node.layer for node in graph.nodes if isinstance(node.layer, Conv)]


def test_each_layer_decides_on_its_filter_and_on_every_earlier_layer():
    space = build_space("macro", layers=3, scale=1.0, strides=True)
    assert [decision.name for decision in space.decisions[10:]] == [
        f"layer2.{name}" for name in ("width", "filters", "stride", "from_layer0", "from_layer1")
    ]
    assert space.decisions[0].options == space.decisions[1].options == ("1", "3", "5", "7")
    assert space.decisions[2].options == ("24", "36", "48", "64")
    assert space.decisions[3].options == ("1", "2", "3")
    assert build_space("macro", layers=15).size == (4 * 4 * 4) ** 15 * 2 ** (15 * 14 // 2)


@pytest.mark.parametrize("strides", [False, True])
def test_a_connection_refers_to_the_last_decision_of_the_earlier_layer(strides):
    decisions = build_space("macro", layers=4, strides=strides).decisions
    last = {decision.name.partition(".")[0]: place for place, decision in enumerate(decisions)}
    for decision in decisions:
        earlier = decision.name.partition(".from_")[2]
        assert decision.nodes == ((None, last[earlier]) if earlier else ())


def test_the_tokens_are_what_is_built():
    space = build_space("macro", layers=3, scale=0.5, strides=True)
    tokens = layers_of((1, 2, 0, 1), (0, 3, 3, 0, 1), (2, 2, 1, 0, 0, 1))
    graph = space.network(space.architecture(tokens), IMAGE, 10)
    assert [
        (conv.channels_in, conv.channels_out, conv.kernel, conv.stride) for conv in convolutions(graph)
    ] == [
        (3, 12, (3, 5), 2),
        (12, 32, (1, 7), 1),
        (32, 18, (5, 5), 1),
    ]
    assert graph.output == (10, 1, 1)


def test_a_layer_without_inputs_sees_the_picture_and_unused_ones_go_to_the_classifier():
    space = build_space("macro", layers=3, scale=1.0)
    graph = space.network(space.architecture(layers_of((0, 0, 0), (0, 0, 1, 0), (0, 0, 2, 0, 0))), IMAGE, 10)
    assert [node.inputs for node in graph.nodes if isinstance(node.layer, Conv)] == [(PICTURE,)] * 3
    (linear,) = (node.layer for node in graph.nodes if isinstance(node.layer, Linear))
    assert linear.features_in == 24 + 36 + 48


def test_smaller_inputs_are_padded_to_the_largest():
    space = build_space("macro", layers=4, strides=True)
    tokens = layers_of((1, 1, 0, 2), (1, 1, 0, 1, 0), (1, 1, 0, 0, 0, 0), (1, 1, 0, 0, 1, 1, 1))
    graph = space.network(space.architecture(tokens), IMAGE, 10)
    padded = [(node.layer, node.shape) for node in graph.nodes if isinstance(node.layer, PadPixels)]
    assert padded == [(PadPixels(10, 8), (12, 16, 12)), (PadPixels(8, 6), (12, 16, 12))]
    (joined,) = (node for node in graph.nodes if isinstance(node.layer, Concat))
    assert joined.shape == (36, 16, 12)


@pytest.mark.parametrize("side", [1, 2, 5])
def test_every_picture_is_large_enough(side):
    space = build_space("macro", layers=4, strides=True)
    for seed in range(20):
        assert space.network(space.random(Random(seed)), (1, side, side), 3).output == (3, 1, 1)


def combinations(space: MacroSpace, free: Mapping[str, Sequence[int]]) -> list[Architecture]:
    """All architectures of these tokens for decisions whose names end like this, and 0 for all others."""
    tokens = (
        next((some for ending, some in free.items() if re.search(f"{ending}$", decision.name)), (0,))
        for decision in space.decisions
    )
    return [space.architecture(one) for one in product(*tokens)]


def connections(space: MacroSpace, architecture: Architecture) -> nx.DiGraph:
    """Layers and what they see: all that tells two architectures apart."""
    graph = nx.DiGraph()
    for number, layer in enumerate(space.layer_list(architecture)):
        graph.add_node(number, label=str(layer))
        graph.add_edges_from((source, number) for source in layer.inputs)
    return graph


@pytest.mark.parametrize("settings", [{"layers": 3}, {"layers": 2, "strides": True}], ids=str)
def test_keys_are_equal_exactly_where_renumbered_layers_are(settings):
    """The order in which independent layers are said does not matter, nor the order of what is concatenated."""
    space = build_space("macro", **settings)
    architectures = combinations(space, {"filters": (0, 1), "stride": (0, 2), r"from_layer\d": (0, 1)})
    same_label = nx.algorithms.isomorphism.categorical_node_match("label", None)
    graphs = [connections(space, one) for one in architectures]
    keys = [space.canonical_key(one) for one in architectures]
    assert 1 < len(set(keys)) < len(keys)
    for (key, graph), (other_key, other) in itertools.combinations(zip(keys, graphs, strict=True), 2):
        assert (key == other_key) == nx.is_isomorphic(graph, other, node_match=same_label)


@pytest.mark.parametrize("channels", [1, 3, 40])
@pytest.mark.parametrize("classes", [2, 10, 300])
@pytest.mark.parametrize("layers", [1, 2, 4])
def test_the_cheapest_is_that_of_all_connections(channels, classes, layers):
    space = build_space("macro", layers=layers)
    image = (channels, 8, 8)
    prices = [space.price(one, image, classes) for one in combinations(space, {r"from_layer\d": (0, 1)})]
    least = minimum_cost(space, image, classes)
    assert [measure(least) for measure in MEASURES] == [min(map(measure, prices)) for measure in MEASURES]


def test_the_first_filter_is_the_cheapest():
    space = build_space("macro", layers=2)
    least = minimum_cost(space, IMAGE, 10)
    for seed in range(300):
        price = space.price(space.random(Random(seed)), IMAGE, 10)
        assert all(measure(least) <= measure(price) for measure in MEASURES)


def test_with_strides_nothing_is_said_about_the_cheapest():
    assert list(build_space("macro", strides=True).cheapest(IMAGE, 10)) == []


def test_its_outline_shows_layers_and_concatenations():
    space = build_space("macro", layers=3)
    architecture = space.architecture(layers_of((1, 2, 0), (0, 0, 1, 1), (3, 3, 3, 1, 1)))
    (panel,) = space.outline(architecture).panels
    assert [(box.key, box.label, box.role) for box in panel.boxes] == [
        ("picture", "picture", "input"),
        ("layer0", "conv 3x5, 12", "operation"),
        ("layer1", "conv 1x1, 18", "operation"),
        ("layer2_inputs", "concat", "join"),
        ("layer2", "conv 7x7, 32", "operation"),
        ("output", "classes", "output"),
    ]
    assert panel.arrows == (
        ("picture", "layer0"),
        ("layer0", "layer1"),
        ("layer0", "layer2_inputs"),
        ("layer1", "layer2_inputs"),
        ("layer2_inputs", "layer2"),
        ("layer2", "output"),
    )
    assert loose_ends(space.layer_list(architecture)) == (2,)


def test_what_is_out_of_range_names_the_decision_or_the_setting():
    space = build_space("macro", layers=2)
    with pytest.raises(SpaceError, match=r"decision 'layer1.from_layer0': token 2 is not one of 0..1"):
        space.architecture([0, 0, 0, 0, 0, 0, 2])
    with pytest.raises(SpaceError, match=r"setting 'scale': expected a number from 0.125 to 8.0, got 0.1"):
        build_space("macro", scale=0.1)
