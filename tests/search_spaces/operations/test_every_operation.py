"""Every operation, at both strides, many widths, sizes and styles: it is what was said, and costs what was said."""

import pickle
from itertools import product

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.errors import SpaceError
from search_spaces.graph import GraphBuilder
from search_spaces.layers import Activation, BatchNorm
from search_spaces.operations import BUILT_IN, OPERATIONS, find_operations
from search_spaces.style import Style
from tests.search_spaces.operations.blocks import block

COUNTS = {
    "attention": 18,
    "convolution": 7,
    "dense": 2,
    "fractal": 2,
    "grouped": 7,
    "highway": 1,
    "identity": 2,
    "inception": 5,
    "mobile": 8,
    "pooling": 5,
    "residual": 6,
    "separable": 9,
    "zero": 1,
}
COMPUTED = [name for name in BUILT_IN if name != "zero"]
EVEN_ONLY = {"shuffle_unit_v1", "shuffle_unit_v2"}
CASES = [
    (8, 8, (8, 8)),
    (8, 16, (7, 9)),
    (16, 6, (5, 5)),
    (2, 2, (1, 1)),
    (1, 1, (4, 4)),
    (3, 5, (2, 3)),
]
STYLES = [
    Style("group", "leaky_relu"),
    Style("batch", "prelu"),
    Style("group", "elu"),
    Style("batch", "silu"),
]


def check_costs(graph):
    """Compares the costs with those of the module, counted by torch; on the meta device, without its arithmetic."""
    with torch.device("meta"):
        network = build_module(graph).eval()
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            output = network(torch.zeros(1, *graph.image))
    price = cost(graph)
    assert output.shape[1:] == graph.output
    assert counter.get_total_flops() == 2 * price.multiply_adds
    assert sum(weight.numel() for weight in network.parameters()) == price.parameters


def test_every_family_is_there():
    families = [known.family for known in find_operations(BUILT_IN)]
    assert {family: families.count(family) for family in families} == COUNTS


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("name", COMPUTED)
def test_shape_parameters_and_multiply_adds_are_those_of_the_built_module(name, stride):
    for channels_in, channels_out, size in CASES:
        if name in EVEN_ONLY and (channels_in % 2 or channels_out % 2):
            with pytest.raises(SpaceError, match=rf"operation '{name}': `channels_\w+` \(=\d\) must be even"):
                block(name, channels_in, channels_out, size=size, stride=stride)
            continue
        graph = block(name, channels_in, channels_out, size=size, stride=stride)
        assert graph.output == (channels_out, *(-(-side // stride) for side in size))
        check_costs(graph)


def restyled(node, style):
    """The layer in a graph of this style that stands where the node is in one of batch normalisation and ReLU."""
    if isinstance(node.layer, BatchNorm):
        return style.norm(node.layer.channels)
    return style.activate(node.shape[0]) if node.layer == Activation("relu") else node.layer


@pytest.mark.parametrize("name", COMPUTED)
def test_normalisation_and_activation_are_those_of_the_style(name):
    _, *plain = block(name, 6, 8, stride=2).nodes
    for style in STYLES:
        graph = block(name, 6, 8, stride=2, style=style)
        assert [node.layer for node in graph.nodes[1:]] == [restyled(node, style) for node in plain]
        check_costs(graph)


@pytest.mark.parametrize("name", COMPUTED)
def test_every_weight_gets_a_gradient(name):
    torch.manual_seed(0)
    network = build_module(block(name, 8, 8, size=(6, 6), stride=2))
    pictures = torch.randn(4, 8, 6, 6, requires_grad=True)
    network(pictures).square().sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())
    assert pictures.grad.any()


@pytest.mark.parametrize("name", BUILT_IN)
def test_of_zero_comes_zero_for_nothing(name):
    for channels_out, stride in product((8, 10), (1, 2)):
        g = GraphBuilder((8, 5, 6))
        output = OPERATIONS[name].add_to(g, g.zero((8, 5, 6)), channels_out, stride=stride)
        assert output.is_zero
        assert output.shape == (channels_out, -(-5 // stride), 6 // stride)
        assert g.finish(g.classifier(output, classes=2)).nodes[0].inputs == (-1,)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_formula_and_its_source_are_told(name):
    known = OPERATIONS[name]
    text = getattr(known.build, "func", known.build).__doc__
    assert known.formula
    assert not set("{}`") & set(known.formula)
    assert known.formula.count("(") == known.formula.count(")")
    assert "et al." in text or "Chollet" in text or "Yu and Koltun" in text or "Zagoruyko" in text


def test_no_two_operations_have_one_formula():
    formulas = [known.formula for known in find_operations(BUILT_IN) if known.name != "factorised_reduce"]
    assert len(set(formulas)) == len(formulas)


def test_operations_travel_by_name_and_are_equal_by_name():
    for name in BUILT_IN:
        copy = pickle.loads(pickle.dumps(OPERATIONS[name]))  # noqa: S301 -- our own
        assert copy == OPERATIONS[name]
        assert copy.formula == OPERATIONS[name].formula
    assert len(pickle.dumps(find_operations(BUILT_IN))) < 100 * len(BUILT_IN)
