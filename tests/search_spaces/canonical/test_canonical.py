"""Keys of cells against networkx and torch: equal exactly for the same computation."""

from itertools import combinations
from random import Random

import pytest
import torch
from torch import nn

from search_spaces.architecture import Architecture
from search_spaces.build import build_module
from search_spaces.canonical import canonical_form
from search_spaces.cell import Block, Branch, Cell
from search_spaces.complexity import cost
from search_spaces.graph import GraphBuilder
from search_spaces.operations import find_operations
from search_spaces.registry import build_space
from search_spaces.space import Space
from tests.search_spaces.canonical.weights import copy_weights
from tests.search_spaces.isomorphism import are_isomorphic, assert_same_partition, live_graph
from tests.search_spaces.strategies import shuffled

IMAGE = (1, 8, 8)
SMALL = {"filters": 4, "squeeze_excite": False}
SPELT_OUT = "identity,zero,conv_3x3,residual_basic"


@pytest.mark.parametrize(
    "settings",
    [
        {"blocks": 1, "cells_per_stage": 1, "reductions": 0},  # both inputs of the one cell are the stem
        {"blocks": 1, "cells_per_stage": 2, "reductions": 0},
        {"blocks": 1, "cells_per_stage": 3, "reductions": 0},
        {"blocks": 1, "cells_per_stage": 1, "reductions": 1},  # the reduction cell may be dead
        {"blocks": 1, "cells_per_stage": 2, "reductions": 1},  # two cells alike may feed the reduction cell
        {"blocks": 2, "cells_per_stage": 1, "reductions": 0},
        {"blocks": 1, "cells_per_stage": 1, "reductions": 0, "squeeze_excite": True, "filters": 8},
        # The 1x1 convolution that fits a cell's input is the same layers as the operation.
        {"blocks": 1, "cells_per_stage": 3, "reductions": 0, "operations": "zero,identity,conv_1x1"},
        {"blocks": 1, "cells_per_stage": 1, "reductions": 1, "operations": "zero,identity"},
    ],
    ids=str,
)
def test_all_keys_are_equal_exactly_where_networks_are_isomorphic(settings):
    space = build_space("cell", **{**SMALL, "operations": "identity,max_pool_3x3", **settings})
    everything = list(space.enumerate())
    graphs = [live_graph(space.network(architecture, IMAGE, 10)) for architecture in everything]
    keys = [space.canonical_key(architecture) for architecture in everything]
    assert 1 < assert_same_partition(keys, graphs) < space.size


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("cell", {"blocks": 2, "operations": SPELT_OUT}),
        ("cell", {"blocks": 3, "operations": SPELT_OUT, "reductions": 0}),
        ("cell", {"blocks": 3, "operations": "identity,sep_conv_3x3,inception", "reductions": 0}),
        ("nasnet", {"blocks": 2, "operations": "identity,conv_3x3,avg_pool_3x3", "reductions": 0}),
    ],
    ids=str,
)
def test_keys_of_many_are_equal_exactly_where_networks_are_isomorphic(name, settings):
    space = build_space(name, cells_per_stage=1, **SMALL, **settings)
    sample = [space.random(Random(seed)) for seed in range(150)]
    graphs = [live_graph(space.network(architecture, IMAGE, 10)) for architecture in sample]
    assert assert_same_partition([space.canonical_key(one) for one in sample], graphs) > 50


def randomise(module: nn.Module) -> nn.Module:
    """Weights and statistics of which no two are alike."""
    for tensor in [*module.parameters(), *module.buffers()]:
        if tensor.is_floating_point():
            tensor.data.uniform_(0.5, 1.5)
    return module.double().eval()


def equal_pairs(space: Space, count: int) -> list[tuple[Architecture, Architecture]]:
    """Pairs of one key whose networks are not built in the same order."""
    pairs: list[tuple[Architecture, Architecture]] = []
    known: dict[str, Architecture] = {}
    for seed in range(5_000):
        if len(pairs) == count:
            break
        architecture = space.random(Random(seed))
        other = known.setdefault(space.canonical_key(architecture), architecture)
        if space.network(other, IMAGE, 10) != space.network(architecture, IMAGE, 10):
            pairs.append((other, architecture))
    return pairs


@pytest.mark.parametrize(
    "settings", [{"blocks": 2, "reductions": 1}, {"blocks": 3, "reductions": 0}], ids=str
)
def test_weights_move_between_networks_of_one_key_and_give_the_same_outputs(settings):
    """Whatever the order of blocks and operands, and with zeros, identities and dead blocks in between."""
    space = build_space("cell", operations=SPELT_OUT, filters=4, cells_per_stage=1, **settings)
    pairs = equal_pairs(space, 20)
    assert len(pairs) == 20
    pictures = torch.rand(2, *IMAGE, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for one, other in pairs:
        graphs = [space.network(architecture, IMAGE, 10) for architecture in (one, other)]
        source, target = (randomise(build_module(graph)) for graph in graphs)
        copy_weights(source, graphs[0], target, graphs[1])
        with torch.no_grad():
            torch.testing.assert_close(target(pictures), source(pictures), rtol=1e-9, atol=0)
        assert cost(graphs[0]).parameters == cost(graphs[1]).parameters


@pytest.mark.parametrize("seed", range(10))
def test_shuffled_cells_have_one_key_and_one_cost(seed):
    rng = Random(seed)
    space = build_space("cell", blocks=12, filters=4, cells_per_stage=1)
    architecture = space.random(rng)
    stack = space.stack(architecture)
    twin = space.encode(*[shuffled(cell, rng) for cell in (stack.normal, stack.reduction)])
    assert twin != architecture
    assert space.canonical_key(twin) == space.canonical_key(architecture)
    assert cost(space.network(twin, IMAGE, 10)) == cost(space.network(architecture, IMAGE, 10))


def form(*blocks: Block, filters: int = 4, excitation: int = 0) -> str:
    """The form of a network of one cell."""
    space = build_space(
        "cell", blocks=len(blocks), cells_per_stage=1, reductions=0, filters=filters, operations="all"
    )
    return space.canonical_key(space.encode(Cell(blocks, excitation), None))


def block(left: str, left_source: int, right: str, right_source: int) -> Block:
    one, other = find_operations([left, right])
    return Block(Branch(one, left_source), Branch(other, right_source))


def test_an_operation_is_what_it_is_made_of():
    """A residual block is a sum that a cell can spell out."""
    chain = [block("conv_3x3", 1, "zero", 0), block("conv_3x3", 2, "identity", 1)]
    assert form(block("residual_basic", 1, "zero", 1), block("zero", 2, "zero", 0)) != form(*chain)
    dead = block("zero", 0, "zero", 1)
    assert form(dead, block("residual_basic", 1, "zero", 1)) == form(*chain)


def test_a_convolution_used_twice_is_not_two_convolutions():
    shared = form(block("conv_3x3", 1, "zero", 1), block("max_pool_3x3", 2, "identity", 2))
    apart = form(block("conv_3x3", 1, "zero", 1), block("conv_3x3", 1, "max_pool_3x3", 2))
    assert shared != apart


def test_a_pooling_used_twice_is_two_poolings():
    shared = form(block("max_pool_3x3", 1, "zero", 1), block("conv_3x3", 2, "identity", 2))
    apart = form(block("max_pool_3x3", 1, "zero", 1), block("conv_3x3", 2, "max_pool_3x3", 1))
    assert shared == apart


@pytest.mark.parametrize(("filters", "are_equal"), [(8, True), (16, False)])
def test_operations_are_equal_where_their_layers_are(filters, are_equal):
    """Of 8 channels reductions by 8 and by 16 both leave one."""
    forms = [
        form(block(f"squeeze_excite_{reduction}", 1, "zero", 0), filters=filters) for reduction in (8, 16)
    ]
    assert (forms[0] == forms[1]) == are_equal
    on_cell = [
        form(block("conv_3x3", 1, "zero", 0), filters=filters, excitation=reduction) for reduction in (8, 16)
    ]
    assert (on_cell[0] == on_cell[1]) == are_equal


def test_twice_the_same_sum_is_twice_as_wide():
    pool = block("max_pool_3x3", 1, "identity", 1)
    assert form(pool, pool) != form(pool, block("zero", 1, "zero", 1))


def test_all_networks_that_do_not_see_the_picture_are_equal():
    graphs = []
    for wide in (False, True):
        g = GraphBuilder((1, 8, 8))
        x = g.norm(g.cut(g.image)) if wide else g.cut(g.image)
        graphs.append(g.finish(g.classifier(x, classes=2)))
    assert canonical_form(graphs[0]) == canonical_form(graphs[1])


def test_the_size_of_the_picture_does_not_matter():
    space = build_space("cell")
    architecture = space.random(Random(0))
    forms = {canonical_form(space.network(architecture, (3, size, size), 10)) for size in (32, 48)}
    assert len(forms) == 1


def test_different_keys_of_random_cells_belong_to_different_networks():
    space = build_space("cell", blocks=3, cells_per_stage=1, filters=4, reductions=0, operations=SPELT_OUT)
    sample = [space.random(Random(seed)) for seed in range(40)]
    graphs = {space.canonical_key(one): live_graph(space.network(one, IMAGE, 10)) for one in sample}
    assert len(graphs) > 20
    assert not any(are_isomorphic(one, other) for one, other in combinations(graphs.values(), 2))
