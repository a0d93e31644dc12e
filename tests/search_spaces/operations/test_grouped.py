"""Grouped convolutions: as expensive as a bottleneck, and shuffled between the groups."""

import pytest
import torch

from search_spaces.errors import SpaceError
from search_spaces.graph import GraphBuilder
from search_spaces.layers import Conv
from search_spaces.operations import OPERATIONS
from search_spaces.operations.grouped import path_width
from search_spaces.style import Style
from tests.search_spaces.operations.blocks import (
    block,
    chain,
    layer_names,
    module,
    multiply_adds,
    set_to_zero,
)

CARDINALITIES = [2, 4, 8, 16, 32]


def test_paths_have_the_published_widths():
    """Xie et al. 2017, table 2: paths of these widths cost what a bottleneck of C = 64 does."""
    published = {1: 64, 2: 40, 4: 24, 8: 14, 32: 4}
    assert {paths: path_width(256, paths) for paths in published} == published


@pytest.mark.parametrize("cardinality", CARDINALITIES)
def test_a_block_takes_what_its_formula_says_and_about_what_the_bottleneck_takes(cardinality):
    quarter, width = 64, path_width(256, cardinality)
    price = multiply_adds(f"resnext_c{cardinality}", 256, size=(4, 6))
    assert price == (8 * quarter * width + 9 * width**2) * cardinality * 4 * 6
    assert price == pytest.approx(17 * quarter**2 * 4 * 6, rel=0.08)


@pytest.mark.parametrize("cardinality", CARDINALITIES)
def test_the_middle_is_one_convolution_in_groups(cardinality):
    convolutions = [
        node.layer for node in block(f"resnext_c{cardinality}", 64).nodes if isinstance(node.layer, Conv)
    ]
    assert [conv.groups for conv in convolutions] == [1, cardinality, 1]


def test_the_first_unit_shuffles_between_its_grouped_convolutions():
    assert layer_names("shuffle_unit_v1", 8) == [
        *("Activation", "Conv", "BatchNorm", "Activation"),
        *("ChannelShuffle", "Conv", "BatchNorm", "Conv", "BatchNorm", "Add"),
    ]
    convolutions = [node.layer for node in block("shuffle_unit_v1", 16).nodes if isinstance(node.layer, Conv)]
    assert [(conv.channels_out, conv.groups) for conv in convolutions] == [(4, 2), (4, 4), (16, 2)]
    network = module("shuffle_unit_v1", 16, style=Style(activation="elu"))  # which passes every gradient on
    pictures = torch.rand(1, 16, 4, 4, requires_grad=True)
    chain(network, "operation.body")(pictures)[0, :8].sum().backward()
    assert pictures.grad[0, :8].any()
    assert pictures.grad[0, 8:].any()


def test_half_of_the_second_unit_passes_by_untouched():
    network = module("shuffle_unit_v2", 8)
    pictures = torch.rand(2, 8, 4, 4)
    assert network(pictures)[:, ::2].equal(pictures[:, :4])
    set_to_zero(network, "operation.body")
    assert not network(pictures)[:, 1::2].any()


def test_no_activation_follows_a_depthwise_convolution():
    """Zhang et al. 2018, figure 2b, and Ma et al. 2018, figure 3c and d."""
    for name, stride in (("shuffle_unit_v1", 1), ("shuffle_unit_v2", 1), ("shuffle_unit_v2", 2)):
        layers = [node.layer for node in block(name, 8, stride=stride).nodes]
        kinds = [type(layer).__name__ for layer in layers]
        depthwise = [index for index, layer in enumerate(layers) if getattr(layer, "kernel", None) == (3, 3)]
        assert len(depthwise) == stride
        assert all(kinds[index + 1 : index + 3] == ["BatchNorm", "Conv"] for index in depthwise)


def test_the_second_unit_at_another_shape_has_two_branches_on_all_channels():
    assert "Slice" not in layer_names("shuffle_unit_v2", 8, stride=2)
    assert (
        multiply_adds("shuffle_unit_v2", 8, stride=2)
        == (9 * 8 + 8 * 4) * 16 + 8 * 4 * 64 + (9 * 4 + 4 * 4) * 16
    )


@pytest.mark.parametrize(
    ("name", "channels", "culprit"),
    [
        ("shuffle_unit_v1", (7, 8), r"`channels_in` \(=7\)"),
        ("shuffle_unit_v1", (8, 7), r"`channels_out` \(=7\)"),
        ("shuffle_unit_v2", (8, 7), r"`channels_out` \(=7\)"),
    ],
)
def test_an_odd_number_of_channels_is_refused(name, channels, culprit):
    g = GraphBuilder((channels[0], 4, 4))
    message = (
        f"operation '{name}': {culprit} must be even, .* choose an even width or leave the operation out"
    )
    with pytest.raises(SpaceError, match=message):
        OPERATIONS[name].add_to(g, g.image, channels[1], stride=1)


def test_an_odd_number_may_enter_the_second_unit():
    assert block("shuffle_unit_v2", 7, 8).output == (8, 8, 8)
