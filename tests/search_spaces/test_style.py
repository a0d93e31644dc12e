"""The layers that a style stands for."""

import pytest

from search_spaces.errors import UnknownNameError
from search_spaces.graph import GraphBuilder
from search_spaces.layers import Activation, BatchNorm, GroupNorm, PReLU
from search_spaces.style import Style


def layers(style: Style, channels: int):
    g = GraphBuilder((channels, 4, 4), style)
    return [node.layer for node in g.finish(g.activation(g.norm(g.image))).nodes]


def test_batch_and_relu_where_nothing_is_said():
    assert layers(Style(), 12) == [BatchNorm(12), Activation("relu")]


@pytest.mark.parametrize(("channels", "groups"), [(64, 32), (48, 16), (12, 4), (7, 1)])
def test_groups_are_as_many_as_divide_the_channels(channels, groups):
    assert layers(Style("group", "silu"), channels) == [GroupNorm(channels, groups), Activation("silu")]


def test_prelu_learns_a_slope_a_channel():
    assert layers(Style(activation="prelu"), 5)[1] == PReLU(5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"normalisation": "layer"}, "normalisation 'layer' is not known; known: batch, group"),
        ({"activation": "relu6"}, "activation 'relu6' is not known; known: elu, .*Did you mean 'relu'?"),
    ],
)
def test_another_name_lists_the_known(settings, message):
    with pytest.raises(UnknownNameError, match=message):
        Style(**settings)
