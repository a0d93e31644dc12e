"""Inception modules: how channels are shared out, and what the branches are made of."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.layers import Pool
from search_spaces.operations.inception import RESIDUAL_SCALE, share_out
from tests.search_spaces.operations.blocks import block, convolutions, layer_names, module


def branch_widths(name, channels_out):
    nodes = block(name, 8, channels_out).nodes
    widths = {node.scope[1]: node.shape[0] for node in nodes if len(node.scope) == 2}
    return [widths[branch] for branch in sorted(widths)]


@given(st.integers(1, 300), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_nothing_is_lost_in_sharing_out(channels, shares):
    widths = share_out(channels, shares)
    assert sum(widths) == channels
    for width, share in zip(widths, shares, strict=True):
        assert abs(width - channels * share / sum(shares)) < 1


def test_branches_are_a_quarter_each_and_the_last_ones_go_first():
    assert branch_widths("inception", 16) == [4, 4, 4, 4]
    assert branch_widths("inception", 6) == [2, 1, 2, 1]
    assert branch_widths("inception", 2) == [1, 1]


def test_the_first_version_has_the_shares_of_googlenet():
    assert branch_widths("inception_v1", 256) == [64, 128, 32, 32]
    assert convolutions("inception_v1", 192, 256) == {
        "192>64 1x1": 1,
        "192>128 1x1": 1,
        "128>128 3x3": 1,
        "192>32 1x1": 2,
        "32>32 5x5": 1,
    }


def test_two_small_windows_stand_for_the_large_one():
    assert convolutions("inception", 8, 16) == {"8>4 1x1": 4, "4>4 3x3": 3}


def test_rows_and_columns_stand_for_squares():
    assert convolutions("inception_v3", 8, 16) == {"8>4 1x1": 4, "4>4 1x7": 3, "4>4 7x1": 3}


def test_the_last_windows_of_the_fourth_version_lie_side_by_side():
    assert convolutions("inception_v4", 8, 24) == {
        "8>4 1x1": 2,
        "8>8 1x1": 2,
        "8>8 1x3": 1,
        "8>8 3x1": 1,
        "8>4 1x3": 2,
        "8>4 3x1": 2,
    }


@pytest.mark.parametrize("name", ["inception_v1", "inception", "inception_v3", "inception_v4"])
def test_the_last_step_of_a_branch_has_the_stride(name):
    halved = [node.scope[1:] for node in block(name, 8, 12, stride=2).nodes if node.shape[1:] == (4, 4)]
    assert {scope[0] for scope in halved if scope} == {"branch0", "branch1", "branch2", "branch3"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("inception_v1", "max"), ("inception", "max"), ("inception_v3", "average"), ("inception_v4", "average")],
)
def test_the_last_branch_pools_as_published(name, kind):
    (pool,) = (node for node in block(name, 8, 12).nodes if isinstance(node.layer, Pool))
    assert pool.layer.kind == kind
    assert pool.scope[1] == "branch3"


def test_a_residual_module_is_linear_after_its_last_activation():
    assert layer_names("inception_resnet", 16)[-5:] == ["Concat", "Activation", "Conv", "Rescale", "Add"]


def test_the_sum_of_a_residual_module_is_scaled_down():
    network = module("inception_resnet", 16)
    assert convolutions("inception_resnet", 16) == {"16>2 1x1": 3, "2>2 3x3": 3, "6>16 1x1": 1}
    set_to_zero_but_last_bias(network)
    pictures = torch.rand(2, 16, 8, 8)
    assert network(pictures).allclose(pictures + RESIDUAL_SCALE)


def set_to_zero_but_last_bias(network):
    """Makes the body give one everywhere, whatever the picture."""
    body = network.get_submodule("operation.body")
    for name, weight in body.named_parameters():
        torch.nn.init.constant_(weight, 1.0 if "branch" not in name and name.endswith("bias") else 0.0)
