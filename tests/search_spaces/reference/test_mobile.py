"""MobileNet v1 and v2, ShuffleNet v2: strides, expansions, activations, the way channels go."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.layers import Activation, Add, Conv, Slice
from search_spaces.reference.catalogue import find_network
from search_spaces.reference.mobile import (
    halving_shuffle_unit,
    inverted_residual,
    relu6,
    shuffle_unit,
)


def published(name: str) -> Graph:
    network = find_network(name)
    return network.network(network.image, network.classes)


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("mobilenet_v1", (1024, 7, 7)),
        ("mobilenet_v2", (1280, 7, 7)),
        ("shufflenet_v2", (1024, 7, 7)),
    ],
)
def test_the_last_picture_is_a_thirty_second_of_the_first(name, last):
    assert [node.shape for node in published(name).nodes if node.scope != ("head",)][-1] == last


def test_mobilenet_v1_alternates_depthwise_and_pointwise():
    convolutions = [node.layer for node in published("mobilenet_v1").nodes if isinstance(node.layer, Conv)]
    _, *rest = convolutions
    assert len(rest) == 2 * 13
    assert all(conv.groups == conv.channels_in == conv.channels_out for conv in rest[::2])
    assert all(conv.kernel == (1, 1) and conv.groups == 1 for conv in rest[1::2])


def test_mobilenet_v2_has_seventeen_blocks_of_which_ten_are_residual():
    nodes = published("mobilenet_v2").nodes
    assert len({node.scope[0] for node in nodes if node.scope[-1] == "body"}) == 17
    assert sum(isinstance(node.layer, Add) for node in nodes) == 10
    assert {node.layer.kind for node in nodes if isinstance(node.layer, Activation)} == {"relu6"}


@pytest.mark.parametrize(("expansion", "widths"), [(1, [8, 8]), (6, [48, 48, 8])])
def test_an_inverted_residual_is_wide_inside(expansion, widths):
    g = GraphBuilder((8, 5, 5))
    graph = g.finish(inverted_residual(g, g.image, 8, expansion=expansion, stride=1))
    assert [node.layer.channels_out for node in graph.nodes if isinstance(node.layer, Conv)] == widths


def test_an_inverted_residual_ends_without_an_activation():
    g = GraphBuilder((8, 5, 5))
    module = build_module(g.finish(inverted_residual(g, g.image, 8, expansion=6, stride=1))).eval()
    pictures = torch.randn(2, 8, 5, 5)
    torch.nn.init.zeros_(module.get_parameter("body.7.weight"))
    assert module(pictures).equal(pictures)
    torch.nn.init.constant_(module.get_parameter("body.7.bias"), -9)
    torch.testing.assert_close(module(pictures), pictures - 9)


@pytest.mark.parametrize(("channels", "stride"), [(8, 2), (16, 1)])
def test_an_inverted_residual_that_changes_the_shape_adds_nothing(channels, stride):
    g = GraphBuilder((8, 5, 5))
    graph = g.finish(inverted_residual(g, g.image, channels, expansion=6, stride=stride))
    assert not any(isinstance(node.layer, Add) for node in graph.nodes)


def test_relu6_cuts_off_at_six():
    g = GraphBuilder((1, 1, 3))
    module = build_module(g.finish(relu6(g, g.image)))
    assert module(torch.tensor([[[[-1.0, 5.0, 7.0]]]])).tolist() == [[[[0.0, 5.0, 6.0]]]]


def test_half_of_the_channels_pass_a_shuffle_unit_and_are_dealt_out_in_turn():
    g = GraphBuilder((8, 5, 5))
    module = build_module(g.finish(shuffle_unit(g, g.image))).eval()
    pictures = torch.randn(2, 8, 5, 5)
    output = module(pictures)
    assert output[:, ::2].equal(pictures[:, :4])
    body = torch.nn.Sequential(*[module.get_submodule(f"body.{i}") for i in range(8)])
    torch.testing.assert_close(output[:, 1::2], body(pictures[:, 4:]))


def test_a_halving_shuffle_unit_sees_all_channels_twice():
    g = GraphBuilder((8, 5, 5))
    graph = g.finish(halving_shuffle_unit(g, g.image, 20))
    assert graph.output == (20, 3, 3)
    assert not any(isinstance(node.layer, Slice) for node in graph.nodes)
    first = {node.scope: node for node in graph.nodes if node.key == "0"}
    assert {graph.input_shapes(node)[0] for node in first.values()} == {(8, 5, 5)}
    assert set(first) == {("shortcut",), ("body",)}


def test_shufflenet_stages_have_four_eight_and_four_units():
    parts = {node.scope[0] for node in published("shufflenet_v2").nodes}
    units = [sum(part.startswith(f"stage{stage}") for part in parts) for stage in (1, 2, 3)]
    assert units == [4, 8, 4]
