"""Costs by arithmetic against torch: every network is built once, without memory for its weights."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.reference.catalogue import NETWORKS, find_network

HEADS = [head for network in NETWORKS.values() for head in network.auxiliary]


@pytest.mark.parametrize("name", NETWORKS)
def test_costs_are_those_of_the_built_network(name):
    network = find_network(name)
    graph = network.network(network.image, network.classes)
    with torch.device("meta"):
        module = build_module(graph).eval()
        with FlopCounterMode(display=False) as counter:
            logits = module(torch.zeros(1, *network.image))
    assert logits.shape == (1, network.classes)
    assert sum(weight.numel() for weight in module.parameters()) == cost(graph).parameters
    assert counter.get_total_flops() == 2 * cost(graph).multiply_adds


@pytest.mark.parametrize("head", HEADS, ids=lambda head: str(head.input))
def test_auxiliary_heads_can_be_built(head):
    graph = head.graph(5)
    with torch.device("meta"):
        module = build_module(graph).eval()
        assert module(torch.zeros(2, *head.input)).shape == (2, 5)
    assert sum(weight.numel() for weight in module.parameters()) == cost(graph).parameters
