"""Chains and forks as data."""

import pytest
import torch
from torch.nn import functional

from search_spaces.build import build_module
from search_spaces.graph import GraphBuilder
from search_spaces.layers import Activation, BatchNorm, Conv
from search_spaces.reference.steps import (
    AVERAGE_POOL_SAME,
    HALVE,
    MAX_POOL,
    MAX_POOL_CEIL,
    MAX_POOL_SAME,
    Fork,
    add_chain,
    add_parts,
    conv_norm_relu,
    conv_relu,
    convolution,
)


@pytest.fixture
def g() -> GraphBuilder:
    return GraphBuilder((3, 9, 12))


def test_units_differ_in_bias_and_normalisation(g):
    with g.scope("plain"):
        x = conv_relu(g, g.image, convolution(4, 3))
    with g.scope("normed"):
        x = conv_norm_relu(g, x, convolution(5, (1, 3), stride=2))
    assert [node.layer for node in g.finish(x).nodes] == [
        *[Conv(3, 4, (3, 3), 1, (1, 1), bias=True), Activation("relu")],
        *[Conv(4, 5, (1, 3), 2, (0, 1)), BatchNorm(5), Activation("relu")],
    ]


@pytest.mark.parametrize(
    ("pooling", "sides"),
    [
        (HALVE, (4, 6)),
        (MAX_POOL, (4, 5)),
        (MAX_POOL_CEIL, (4, 6)),
        (MAX_POOL_SAME, (9, 12)),
        (AVERAGE_POOL_SAME, (9, 12)),
    ],
)
def test_poolings_give_the_sides_they_are_named_for(g, pooling, sides):
    assert pooling.add_to(g, g.image, conv_relu).shape == (3, *sides)


def test_a_fork_concatenates_in_the_order_given(g):
    fork = Fork((MAX_POOL_SAME,), (convolution(2),), ())
    graph = g.finish(fork.add_to(g, g.image, conv_relu))
    torch.manual_seed(0)
    pictures = torch.randn(1, 3, 9, 12)
    network = build_module(graph)
    pooled, convolved, same = network(pictures).split([3, 2, 3], dim=1)
    weights, bias = network.get_parameter("branch1.0.weight"), network.get_parameter("branch1.0.bias")
    torch.testing.assert_close(pooled, functional.max_pool2d(pictures, 3, stride=1, padding=1))
    torch.testing.assert_close(convolved, functional.conv2d(pictures, weights, bias).relu())
    torch.testing.assert_close(same, pictures)


def test_a_fork_within_a_branch_is_a_part_of_that_branch(g):
    inner = Fork((convolution(2, (1, 3)),), (convolution(2, (3, 1)),))
    outer = Fork((convolution(1),), (convolution(4), inner))
    graph = g.finish(add_chain(g, g.image, (outer,), conv_relu))
    convolutions = [node.name for node in graph.nodes if isinstance(node.layer, Conv)]
    assert convolutions == ["branch0.0", "branch1.layer0", "branch1.branch0.0", "branch1.branch1.0"]
    assert graph.output == (1 + 2 + 2, 9, 12)


def test_parts_are_numbered_from_one(g):
    x = add_parts(g, g.image, "stage", [(convolution(4), HALVE), (convolution(8),)], conv_relu)
    names = [node.name for node in g.finish(x).nodes]
    assert names == ["stage1.0", "stage1.1", "stage1.2", "stage2.0", "stage2.1"]
