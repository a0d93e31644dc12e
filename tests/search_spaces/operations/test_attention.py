"""Squeeze-and-excite: the gate, its cost, and the blocks that have one."""

import pytest
import torch
from torch import nn

from search_spaces.complexity import cost
from search_spaces.graph import GraphBuilder
from search_spaces.layers import Conv
from search_spaces.operations.attention import excite
from tests.search_spaces.operations.blocks import block, module, parameters

REDUCTIONS = {"squeeze_excite": 4, "squeeze_excite_8": 8, "squeeze_excite_16": 16}


@pytest.mark.parametrize(("name", "reduction"), REDUCTIONS.items())
def test_weights_are_two_squares_by_the_reduction(name, reduction):
    biases = 32 // reduction + 32
    assert parameters(name, 32) == 2 * 32**2 // reduction + biases


def test_a_channel_is_scaled_by_its_gate():
    network = module("squeeze_excite", 8, size=(4, 4))
    last = network.get_submodule("operation.gate.3")
    pictures = torch.rand(2, 8, 4, 4)
    assert not network(pictures).allclose(pictures)
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, 100.0)
    assert network(pictures).allclose(pictures)
    nn.init.zeros_(last.bias)
    assert network(pictures).allclose(pictures / 2)


def test_the_gate_sees_the_whole_picture():
    network = module("squeeze_excite", 8, size=(4, 4))
    pictures = torch.rand(1, 8, 4, 4, requires_grad=True)
    network(pictures)[0, 0, 0, 0].backward()
    assert pictures.grad[0].ne(0).all(dim=(1, 2)).any()


def test_excite_is_a_switch_on_any_value():
    g = GraphBuilder((12, 5, 5))
    assert excite(g, g.zero(g.image.shape), reduction=4).is_zero
    with g.scope("cell"):
        graph = g.finish(excite(g, g.image, reduction=16))
    assert graph.output == (12, 5, 5)
    assert cost(graph).parameters == 2 * 12 * 1 + 1 + 12  # never fewer than one channel


@pytest.mark.parametrize(("suffix", "reduction"), [("", 4), ("_8", 8), ("_16", 16)])
@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("se_residual_basic", "residual_basic"),
        ("se_residual_bottleneck", "residual_bottleneck"),
        ("se_resnext_c4", "resnext_c4"),
        ("se_resnext_c8", "resnext_c8"),
        ("se_inception", "inception"),
    ],
)
def test_blocks_with_a_gate_are_the_blocks_and_a_gate(name, plain, suffix, reduction):
    middle = 16 // reduction
    assert parameters(name + suffix, 16) - parameters(plain, 16) == 2 * 16 * middle + middle + 16
    gate = [node for node in block(name + suffix, 16).nodes if "gate" in node.scope]
    assert [node.layer.channels_out for node in gate if isinstance(node.layer, Conv)] == [middle, 16]


def test_the_gate_is_on_the_body_not_on_the_shortcut():
    network = module("se_residual_basic", 8)
    last = network.get_submodule("operation.body.gate.3")
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, -100.0)
    pictures = torch.rand(2, 8, 8, 8)
    assert network(pictures).equal(pictures)
