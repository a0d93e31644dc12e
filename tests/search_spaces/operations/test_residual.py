"""Residual blocks: the shortcut, the order of layers, the costs of the literature."""

import pytest
import torch

from search_spaces.layers import Activation
from tests.search_spaces.operations.blocks import (
    block,
    convolutions,
    layer_names,
    module,
    multiply_adds,
    parameters,
    set_to_zero,
)

BLOCKS = [
    "residual_basic",
    "residual_bottleneck",
    "preact_basic",
    "preact_bottleneck",
    "wide_basic",
    "wide_bottleneck",
    "resnext_c4",
    "shuffle_unit_v1",
    "inception_resnet",
    "se_residual_basic",
    "mbconv3_3x3",
]


@pytest.mark.parametrize("name", BLOCKS)
def test_what_the_body_does_not_add_is_the_input(name):
    network = module(name, 8)
    pictures = torch.rand(2, 8, 8, 8)
    assert not network(pictures).allclose(pictures)
    set_to_zero(network, "operation.body")
    assert network(pictures).equal(pictures)


@pytest.mark.parametrize("name", ["residual_basic", "preact_basic", "resnext_c4"])
def test_the_shortcut_is_projected_where_the_shape_changes(name):
    for channels_out, stride in ((16, 1), (8, 2)):
        added = convolutions(name, 8, channels_out, stride=stride)
        assert added[f"8>{channels_out} 1x1"] >= 1
        network = module(name, 8, channels_out, stride=stride)
        set_to_zero(network, "operation.body")
        pictures = torch.rand(2, 8, 8, 8)
        assert network(pictures).any()
        set_to_zero(network, "operation.shortcut")
        assert not network(pictures).any()


def test_orders_of_layers():
    assert layer_names("residual_basic", 8) == ["Activation", "Conv", "BatchNorm"] * 2 + ["Add"]
    assert layer_names("residual_bottleneck", 8) == ["Activation", "Conv", "BatchNorm"] * 3 + ["Add"]
    assert layer_names("preact_basic", 8) == ["BatchNorm", "Activation", "Conv"] * 2 + ["Add"]
    assert layer_names("preact_bottleneck", 8) == ["BatchNorm", "Activation", "Conv"] * 3 + ["Add"]


@pytest.mark.parametrize("name", ["residual_basic", "preact_basic"])
def test_a_basic_block_takes_eighteen_squares(name):
    assert multiply_adds(name, 32, size=(4, 6)) == 18 * 4 * 6 * 32**2
    assert parameters(name, 32) == 18 * 32**2 + 2 * 2 * 32


@pytest.mark.parametrize("name", ["residual_bottleneck", "preact_bottleneck"])
def test_a_bottleneck_takes_seventeen_squares_of_a_quarter(name):
    assert multiply_adds(name, 4 * 16, size=(4, 6)) == 17 * 4 * 6 * 16**2


def test_wide_blocks_are_twice_as_wide_inside():
    assert convolutions("wide_basic", 8) == {"8>16 3x3": 1, "16>8 3x3": 1}
    assert convolutions("wide_bottleneck", 8) == {"8>4 1x1": 1, "4>4 3x3": 1, "4>8 1x1": 1}


def test_a_projection_is_normalised():
    assert layer_names("residual_basic", 8, 16)[6:] == ["Conv", "BatchNorm", "Add"]


@pytest.mark.parametrize("name", ["preact_basic", "preact_bottleneck"])
def test_a_preactivated_projection_begins_where_the_body_begins(name):
    readers = [
        node for node in block(name, 8, 16).nodes if node.scope != ("operation",) and node.inputs == (2,)
    ]
    assert [node.scope[-1] for node in readers] == ["body", "shortcut"]
    assert isinstance(block(name, 8, 16).nodes[2].layer, Activation)
