"""Highway layers."""

import torch
from torch import nn

from search_spaces.operations.highway import GATE_BIAS
from tests.search_spaces.operations.blocks import block, chain, module, multiply_adds

GATE = "operation.gate.0"


def with_gate(network: nn.Module, bias: float) -> nn.Module:
    """Sets the gate to sigmoid(bias), whatever the picture."""
    nn.init.zeros_(network.get_submodule(GATE).weight)
    nn.init.constant_(network.get_submodule(GATE).bias, bias)
    return network


def test_the_gate_chooses_between_the_input_and_its_transform():
    network = module("highway", 8)
    pictures = torch.rand(2, 8, 8, 8)
    transformed = chain(network, "operation.transform")(pictures)
    assert with_gate(network, -100.0)(pictures).allclose(pictures)
    assert with_gate(network, 100.0)(pictures).allclose(transformed)
    assert with_gate(network, 0.0)(pictures).allclose((pictures + transformed) / 2)


def test_at_first_most_is_carried():
    assert module("highway", 8).get_submodule(GATE).bias.tolist() == [GATE_BIAS] * 8
    assert GATE_BIAS < 0


def test_the_gate_reads_what_it_gates():
    readers = [node.scope[-1] for node in block("highway", 8).nodes if node.inputs == (0,)]
    assert readers == ["transform", "gate"]


def test_the_gate_costs_as_much_as_what_it_gates():
    assert multiply_adds("highway", 8) == 2 * multiply_adds("conv_3x3", 8)
