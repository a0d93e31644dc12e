"""Residual networks for small pictures: their depth, their shortcuts, the order of their layers."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.layers import Activation, Add, BatchNorm, Conv, Linear, PadChannels
from search_spaces.reference.catalogue import find_network
from search_spaces.reference.residual_cifar import (
    BASIC,
    BOTTLENECK,
    PreActivation,
    blocks_per_stage,
    padded_shortcut,
    plain_block,
    projected_shortcut,
    residual_block,
)

PICTURES = torch.randn(2, 8, 5, 5)


def published(name: str) -> Graph:
    network = find_network(name)
    return network.network(network.image, network.classes)


def built(block, width, stride) -> torch.nn.Module:
    g = GraphBuilder((8, 5, 5))
    torch.manual_seed(0)
    return build_module(g.finish(block(g, g.image, width, stride=stride))).eval()


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        ("resnet20_cifar", 20),
        ("plain56_cifar", 56),
        ("resnet110_cifar", 110),
        ("preact_resnet110_cifar", 110),
        ("preact_resnet164_cifar", 164),
    ],
)
def test_the_depth_is_the_number_of_weighted_layers(name, depth):
    nodes = published(name).nodes
    assert sum(isinstance(n.layer, Conv | Linear) and "shortcut" not in n.scope for n in nodes) == depth


def test_the_depth_of_a_wide_network_counts_two_of_its_three_projections():
    assert sum(isinstance(node.layer, Conv | Linear) for node in published("wrn28_10_cifar").nodes) == 28 + 1


def test_blocks_of_a_depth():
    assert blocks_per_stage(20, 2) == (3, 3, 3)
    assert blocks_per_stage(164, 3) == (18, 18, 18)
    assert blocks_per_stage(16, 2) == (2, 2, 2)


@pytest.mark.parametrize(
    ("name", "widths"),
    [
        ("resnet20_cifar", (16, 32, 64)),
        ("preact_resnet164_cifar", (64, 128, 256)),
        ("wrn16_8_cifar", (128, 256, 512)),
        ("wrn28_10_cifar", (160, 320, 640)),
    ],
)
def test_widths_and_sizes_of_the_stages(name, widths):
    ends = {n.scope[0][:6]: n.shape for n in published(name).nodes if n.scope[0].startswith("stage")}
    assert tuple(ends.values()) == tuple(zip(widths, (32, 16, 8), (32, 16, 8), strict=True))


def test_plain_networks_have_no_shortcut():
    nodes = published("plain110_cifar").nodes
    assert not any(isinstance(node.layer, Add | PadChannels) for node in nodes)
    assert sum(isinstance(node.layer, Add) for node in published("resnet110_cifar").nodes) == 54


def test_a_padded_shortcut_is_every_second_pixel_and_zeros():
    shortcut = built(padded_shortcut, 12, 2)(PICTURES)
    assert shortcut[:, :8].equal(PICTURES[:, :, ::2, ::2])
    assert shortcut[:, 8:].eq(0).all()
    assert shortcut.shape == (2, 12, 3, 3)


@pytest.mark.parametrize(("width", "stride"), [(8, 1), (16, 2)])
def test_a_residual_block_that_learnt_nothing_is_its_shortcut(width, stride):
    module = built(residual_block, width, stride)
    torch.nn.init.zeros_(module.get_parameter("body.4.weight"))
    expected = PICTURES if stride == 1 else built(padded_shortcut, width, stride)(PICTURES)
    torch.testing.assert_close(module(PICTURES), expected.relu())


def test_a_plain_block_that_learnt_nothing_is_zero():
    module = built(plain_block, 8, 1)
    torch.nn.init.zeros_(module.get_parameter("4.weight"))
    assert module(PICTURES).eq(0).all()


@pytest.mark.parametrize("body", [BASIC, BOTTLENECK])
def test_a_preactivation_block_that_learnt_nothing_is_its_input_itself(body):
    row = PreActivation(20, 8, body, padded_shortcut)
    module = built(row.block, 8, 1)
    last = [name for name, _ in module.named_parameters() if name.startswith("body")][-1]
    torch.nn.init.zeros_(module.get_parameter(last))
    assert module(PICTURES).equal(PICTURES)


def test_where_the_shape_changes_the_shortcut_begins_after_the_activation():
    row = PreActivation(20, 8, BASIC, projected_shortcut)
    module = built(row.block, 16, 2)
    torch.nn.init.zeros_(module.get_parameter("body.3.weight"))
    expected = module.get_submodule("shortcut.0")(module.get_submodule("preactivation.0")(PICTURES).relu())
    torch.testing.assert_close(module(PICTURES), expected)


def test_the_order_within_a_preactivation_block():
    g = GraphBuilder((8, 5, 5))
    graph = g.finish(PreActivation(20, 8, BOTTLENECK, padded_shortcut).block(g, g.image, 8, stride=1))
    assert [type(node.layer) for node in graph.nodes] == [*[BatchNorm, Activation, Conv] * 3, Add]
    assert [node.layer.kernel for node in graph.nodes[2::3]] == [(1, 1), (3, 3), (1, 1)]
    assert [node.layer.channels_out for node in graph.nodes[2::3]] == [2, 2, 8]
