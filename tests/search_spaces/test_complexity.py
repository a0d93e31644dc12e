"""Costs from the graph against the network that is built from it."""

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from search_spaces.build import build_module
from search_spaces.complexity import Cost, cost, layer_costs, normalisation_multiply_adds, total
from search_spaces.feasibility import minimum_cost
from search_spaces.graph import GraphBuilder
from search_spaces.registry import build_space
from search_spaces.space import Space
from tests.search_spaces.strategies import architectures

SPACES = [
    build_space("toy"),
    build_space("toy", blocks=2, cells_per_stage=2, reductions=0),
    build_space("reference").fitted((1, 8, 8), 10),
    build_space("cell", blocks=3, filters=5, cells_per_stage=1),
    build_space("cell", blocks=2, reductions=3, cells_per_stage=1, filters=4),
]
IMAGES = st.sampled_from([(1, 8, 8), (3, 32, 32), (3, 13, 9), (1, 17, 70)])


@settings(deadline=None, max_examples=6)
@given(data=st.data(), image=IMAGES, classes=st.integers(2, 12))
@pytest.mark.parametrize("space", SPACES, ids=lambda space: f"{space.name}{len(space.decisions)}")
def test_costs_and_shapes_are_those_of_the_built_network(space, data, image, classes):
    architecture = data.draw(architectures(space))
    graph = space.network(architecture, image, classes)
    with torch.device("meta"):  # counts without computing
        network = build_module(graph).eval()
        with FlopCounterMode(display=False) as counter:
            logits = network(torch.zeros(2, *image))
    price = cost(graph)
    assert logits.shape == (2, classes)
    assert counter.get_total_flops() == 2 * 2 * price.multiply_adds
    assert sum(weight.numel() for weight in network.parameters()) == price.parameters


def test_each_layer_has_its_share():
    g = GraphBuilder((3, 8, 8))
    x = g.norm(g.conv(g.image, 4, kernel=3))
    graph = g.finish(g.classifier(x, classes=10))
    assert layer_costs(graph) == (
        Cost(108, 108 * 64, 4 * 4 * 64),
        Cost(8, 0, 4 * 4 * 64),
        Cost(0, 0, 4 * 4),
        Cost(0, 0, 4 * 4),
        Cost(50, 40, 4 * 10),
    )
    assert cost(graph) == total(layer_costs(graph)) == Cost(166, 6952, 2120)


def test_costs_add_up():
    assert Cost(1, 2, 3) + Cost(10, 20, 30) == Cost(11, 22, 33)
    assert total([]) == Cost(0, 0, 0)


@pytest.mark.parametrize("name", ["toy", "reference"])
def test_the_minimum_is_that_of_all_architectures(name):
    space = build_space(name).fitted((3, 16, 16), 10)
    costs = [cost(space.network(architecture, (3, 16, 16), 10)) for architecture in space.enumerate()]
    assert minimum_cost(space, (3, 16, 16), 10) == Cost(
        min(one.parameters for one in costs),
        min(one.multiply_adds for one in costs),
        min(one.activation_bytes for one in costs),
    )


def test_a_large_space_that_says_nothing_has_no_known_minimum():
    class Silent(type(build_space("cell"))):
        cheapest = Space.cheapest

    assert minimum_cost(Silent(), (3, 16, 16), 10) == Cost(0, 0, 0)


def test_reasoning_about_networks_needs_no_torch():
    program = (
        "import sys; from random import Random; from search_spaces.registry import build_space; "
        "from search_spaces.complexity import cost; from search_spaces.feasibility import minimum_cost; "
        "space = build_space('cell'); "
        "a = space.random(Random(0)); cost(space.network(a, (3, 32, 32), 10)); space.canonical_key(a); "
        "space.outline(a); minimum_cost(space, (3, 32, 32), 10); print({'torch', 'ray', 'numpy'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"


def test_normalisation_counts_two_a_number():
    g = GraphBuilder((3, 8, 8))
    x = g.norm(g.conv(g.image, 4, kernel=3, stride=2))
    assert normalisation_multiply_adds(g.finish(g.relu(x))) == 2 * 4 * 4 * 4
