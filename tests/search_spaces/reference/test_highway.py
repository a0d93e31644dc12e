"""The highway network: its depth, and gates that carry or let through."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.graph import GraphBuilder
from search_spaces.layers import BatchNorm, Conv, Linear, Multiply
from search_spaces.reference.catalogue import find_network
from search_spaces.reference.highway import highway_layer

GRAPH = find_network("highway19_cifar").network((3, 32, 32), 10)
PICTURES = torch.randn(2, 4, 5, 5)


@pytest.fixture
def layer() -> torch.nn.Module:
    g = GraphBuilder((4, 5, 5))
    torch.manual_seed(0)
    return build_module(g.finish(highway_layer(g, g.image))).eval()


def test_it_has_nineteen_layers_beside_the_gates():
    layers = [n.layer for n in GRAPH.nodes if isinstance(n.layer, Conv | Linear) and n.scope[-1] != "gate"]
    assert len(layers) == 19
    assert not any(isinstance(node.layer, BatchNorm) for node in GRAPH.nodes)
    assert all(layer.bias for layer in layers if isinstance(layer, Conv))


def test_every_highway_layer_keeps_its_width():
    gates = [node for node in GRAPH.nodes if node.scope[-1] == "gate" and isinstance(node.layer, Conv)]
    assert [gate.layer.channels_out for gate in gates] == [32] * 4 + [80] * 5 + [128] * 5
    assert [gate.shape[1] for gate in gates] == [32] * 4 + [16] * 5 + [8] * 5
    assert sum(isinstance(node.layer, Multiply) for node in GRAPH.nodes) == 2 * len(gates)


def test_a_closed_gate_carries_the_input(layer):
    torch.nn.init.constant_(layer.get_parameter("gate.0.bias"), -100)
    torch.testing.assert_close(layer(PICTURES), PICTURES)


def test_an_open_gate_lets_the_transformed_value_through(layer):
    torch.nn.init.constant_(layer.get_parameter("gate.0.bias"), 100)
    torch.testing.assert_close(layer(PICTURES), layer.get_submodule("transform.0")(PICTURES).relu())


def test_a_gate_half_open_gives_the_mean_of_both(layer):
    for name in ("gate.0.weight", "gate.0.bias"):
        torch.nn.init.zeros_(layer.get_parameter(name))
    transformed = layer.get_submodule("transform.0")(PICTURES).relu()
    torch.testing.assert_close(layer(PICTURES), (transformed + PICTURES) / 2)


def test_gates_start_nearly_closed():
    network = build_module(GRAPH)
    assert network.get_parameter("stage3_highway5.gate.0.bias").eq(-2).all()
    assert network.get_parameter("stage3_highway5.transform.0.bias").eq(0).all()
