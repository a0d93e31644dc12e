"""Inception-v3, v4 and Inception-ResNet-v2 against what was published and released."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.layers import Add, Concat, Conv, Rescale
from search_spaces.reference.catalogue import find_network
from search_spaces.reference.inception_resnet import MODULE_A, Residual
from search_spaces.reference.steps import conv_norm_relu


def published(name: str) -> Graph:
    network = find_network(name)
    return network.network(network.image, network.classes)


@pytest.mark.parametrize(
    ("name", "parameters", "multiply_adds"),
    [
        ("inception_v3", 23_834_568, 5.73e9),
        ("inception_v4", 42_679_816, 12.28e9),
        ("inception_resnet_v2", 55_843_464, 13.18e9),
    ],
)
def test_costs_are_those_published(name, parameters, multiply_adds):
    price = cost(published(name))
    assert price.parameters == parameters
    assert price.multiply_adds == pytest.approx(multiply_adds, rel=0.005)


def test_inception_v3_with_its_auxiliary_head():
    network = find_network("inception_v3")
    assert network.parameters_with_auxiliary() == 27_161_264
    (head,) = network.auxiliary
    assert head.input in {node.shape for node in published("inception_v3").nodes if node.scope == ("mixed8",)}
    assert head.graph(1000).output == (1000, 1, 1)


def module_shapes(graph: Graph) -> list[tuple[int, int, int]]:
    """Returns what comes out of each module, in order."""
    ends = {node.scope[0]: node.shape for node in graph.nodes if len(node.scope) == 1}
    return [shape for part, shape in ends.items() if part.startswith("mixed")]


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        (
            "inception_v3",
            [(256, 35, 35), *[(288, 35, 35)] * 2, *[(768, 17, 17)] * 5, (1280, 8, 8), *[(2048, 8, 8)] * 2],
        ),
        (
            "inception_v4",
            [
                *[(160, 73, 73), (192, 71, 71), (384, 35, 35)],
                *[*[(384, 35, 35)] * 4, *[(1024, 17, 17)] * 8, *[(1536, 8, 8)] * 4],
            ],
        ),
        (
            "inception_resnet_v2",
            [*[(320, 35, 35)] * 11, *[(1088, 17, 17)] * 21, *[(2080, 8, 8)] * 11],
        ),
    ],
)
def test_modules_have_the_published_shapes(name, shapes):
    assert module_shapes(published(name)) == shapes


def test_large_windows_are_factorised():
    """Of the windows after the stem none but the first modules' 5x5 is larger than nine numbers."""
    for name in ("inception_v3", "inception_v4", "inception_resnet_v2"):
        kernels = {node.layer.kernel for node in published(name).nodes if isinstance(node.layer, Conv)}
        assert kernels <= {(1, 1), (3, 3), (5, 5), (1, 7), (7, 1), (1, 3), (3, 1)}
    assert (5, 5) not in {
        node.layer.kernel for node in published("inception_v4").nodes if isinstance(node.layer, Conv)
    }


def test_the_papers_figure_repeats_its_modules_half_as_often():
    sums = [
        sum(isinstance(node.layer, Add) for node in published(name).nodes)
        for name in ("inception_resnet_v2", "inception_resnet_v2_5_10_5")
    ]
    assert sums == [10 + 20 + 10, 5 + 10 + 5]


def test_scales_are_those_of_the_released_model():
    factors = [
        node.layer.factor
        for node in published("inception_resnet_v2").nodes
        if isinstance(node.layer, Rescale)
    ]
    assert factors == [0.17] * 10 + [0.1] * 20 + [0.2] * 9


@pytest.fixture
def residual() -> torch.nn.Module:
    g = GraphBuilder((8, 5, 5))
    torch.manual_seed(0)
    return build_module(g.finish(MODULE_A.add_to(g, g.image, conv_norm_relu))).eval()


def test_a_residual_module_that_restores_nothing_is_its_input(residual):
    torch.nn.init.zeros_(residual.get_parameter("restore.0.weight"))
    pictures = torch.rand(2, 8, 5, 5)
    torch.testing.assert_close(residual(pictures), pictures)


def test_the_scale_multiplies_what_is_added(residual):
    pictures = 100 + torch.rand(2, 8, 5, 5)  # so that the ReLU holds nothing back
    torch.nn.init.zeros_(residual.get_parameter("restore.0.weight"))
    torch.nn.init.constant_(residual.get_parameter("restore.0.bias"), 10)
    torch.testing.assert_close(residual(pictures), pictures + 10 * MODULE_A.scale)


def test_branches_are_concatenated_before_they_are_restored():
    g = GraphBuilder((8, 5, 5))
    graph = g.finish(Residual(MODULE_A.branches, scale=0.5).add_to(g, g.image, conv_norm_relu))
    (joined,) = [node.shape for node in graph.nodes if isinstance(node.layer, Concat)]
    assert joined == (32 + 32 + 64, 5, 5)
    assert graph.output == (8, 5, 5)
