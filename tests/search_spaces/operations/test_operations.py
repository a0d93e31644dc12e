"""Every operation, at every stride, width and size: what is built is what was said, and costs what was said."""

import pickle

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.errors import SpaceError, UnknownNameError
from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations import BUILT_IN, OPERATIONS, Operation, find_operations, operation
from search_spaces.operations.grouped import path_width
from search_spaces.operations.identity import factorised_reduce

FAMILIES = {
    "attention",
    "convolution",
    "dilated",
    "grouped",
    "identity",
    "inception",
    "pooling",
    "residual",
    "separable",
}
WIDTHS = [(8, 8), (8, 16), (16, 6), (1, 1), (3, 2), (2, 1), (5, 13)]
SIZES = [(8, 8), (7, 9), (5, 5), (2, 3), (1, 1)]


def graph_of(name, channels_in, channels_out, size, stride):
    """The operation after a ReLU, so that identity too has a layer to be."""
    g = GraphBuilder((channels_in, *size))
    x = g.relu(g.image)
    with g.scope("operation"):
        return g.finish(OPERATIONS[name].build(g, x, channels_out, stride=stride))


def layers_of(name, channels_in, channels_out, stride=1):
    nodes = graph_of(name, channels_in, channels_out, (8, 8), stride).nodes
    return [type(node.layer).__name__ for node in nodes[1:]]


def test_every_family_is_there():
    assert {known.family for known in find_operations(BUILT_IN)} == FAMILIES
    assert len(BUILT_IN) == 17


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("name", BUILT_IN)
def test_shape_parameters_and_multiply_adds_are_those_of_the_built_module(name, stride):
    for channels_in, channels_out in WIDTHS:
        for size in SIZES:
            graph = graph_of(name, channels_in, channels_out, size, stride)
            assert graph.output == (channels_out, *(-(-side // stride) for side in size))
            module = build_module(graph).eval()
            with FlopCounterMode(display=False) as counter, torch.no_grad():
                output = module(torch.zeros(1, channels_in, *size))
            price = cost(graph)
            assert output.shape[1:] == graph.output
            assert counter.get_total_flops() == 2 * price.multiply_adds
            assert sum(weight.numel() for weight in module.parameters()) == price.parameters


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_weight_gets_a_gradient(name):
    module = build_module(graph_of(name, 8, 8, (6, 6), 2))
    pictures = torch.randn(4, 8, 6, 6, requires_grad=True)
    module(pictures).square().sum().backward()
    assert all(weight.grad is not None for weight in (pictures, *module.parameters()))


@pytest.mark.parametrize("name", BUILT_IN)
def test_docstrings_give_formula_and_source(name):
    text = OPERATIONS[name].build.__doc__
    assert text
    assert "(x" in text or name in {"identity", "inception", "max_pool_3x3", "avg_pool_3x3", "squeeze_excite"}
    assert "et al." in text or "Simonyan" in text or name == "identity"


def test_identity_costs_nothing_where_it_can():
    assert layers_of("identity", 8, 8) == []
    assert layers_of("identity", 8, 4) == ["Activation", "Conv", "BatchNorm"]
    assert layers_of("max_pool_3x3", 8, 8, stride=2) == ["Pool"]


def test_convolutions_stand_between_relu_and_norm():
    assert layers_of("conv_3x3", 4, 8) == ["Activation", "Conv", "BatchNorm"]
    assert layers_of("sep_conv_5x5", 4, 8) == ["Activation", "Conv", "Conv", "BatchNorm"] * 2
    assert layers_of("dil_conv_3x3", 4, 8) == ["Activation", "Conv", "Conv", "BatchNorm"]


def test_a_dilated_convolution_sees_five_by_five():
    module = build_module(graph_of("dil_conv_3x3", 1, 1, (9, 9), 1)).eval()
    picture = torch.ones(1, 1, 9, 9, requires_grad=True)
    module(picture)[0, 0, 4, 4].backward()
    seen = picture.grad[0, 0].nonzero()
    assert (seen.min(0).values.tolist(), seen.max(0).values.tolist(), len(seen)) == ([2, 2], [6, 6], 9)


def test_a_factorised_reduction_sees_every_other_diagonal_pixel():
    g = GraphBuilder((1, 4, 4))
    module = build_module(g.finish(factorised_reduce(g, g.image, 2))).eval()
    picture = torch.ones(1, 1, 4, 4, requires_grad=True)
    module(picture).sum().backward()
    assert picture.grad[0, 0].ne(0).int().tolist() == [[1, 0, 1, 0], [0, 1, 0, 1]] * 2


def test_residual_blocks_start_from_their_input():
    assert layers_of("residual_basic", 8, 8) == ["Activation", "Conv", "BatchNorm"] * 2 + ["Add"]
    for name in ("residual_basic", "residual_bottleneck", "resnext_c4"):
        module = build_module(graph_of(name, 8, 8, (4, 4), 1)).eval()
        for key, weight in module.state_dict().items():
            if key.startswith("operation.body") and weight.is_floating_point():
                weight.zero_()
        pictures = torch.rand(2, 8, 4, 4)
        assert module(pictures).equal(pictures)


def test_basic_block_has_the_weights_of_its_formula():
    convolutions = 18 * 32**2
    assert cost(graph_of("residual_basic", 32, 32, (4, 4), 1)).parameters == convolutions + 2 * 2 * 32
    assert cost(graph_of("residual_basic", 32, 32, (4, 4), 1)).multiply_adds == convolutions * 16


def test_grouped_bottlenecks_have_the_published_widths():
    """Xie et al. 2017, table 2: paths of these widths cost what a bottleneck of C = 64 does."""
    published = {1: 64, 2: 40, 4: 24, 8: 14, 32: 4}
    assert {paths: path_width(256, paths) for paths in published} == published
    plain = cost(graph_of("residual_bottleneck", 256, 256, (4, 4), 1)).multiply_adds
    assert plain == 17 * 64**2 * 16
    for name in ("resnext_c2", "resnext_c4", "resnext_c8"):
        assert cost(graph_of(name, 256, 256, (4, 4), 1)).multiply_adds == pytest.approx(plain, rel=0.03)


def test_inception_shares_out_the_channels():
    def branches(channels_out):
        nodes = graph_of("inception", 8, channels_out, (4, 4), 1).nodes
        shapes = {node.scope[1]: node.shape[0] for node in nodes if len(node.scope) > 1}
        return [shapes[name] for name in sorted(shapes)]

    assert branches(16) == [4, 4, 4, 4]
    assert branches(6) == [2, 2, 1, 1]
    assert branches(2) == [1, 1]


def test_squeeze_and_excite_scales_by_its_gate():
    module = build_module(graph_of("squeeze_excite", 8, 8, (4, 4), 1)).eval()
    last = module.get_submodule("operation.gate.3")
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.constant_(last.bias, 100.0)
    pictures = torch.rand(2, 8, 4, 4)
    assert module(pictures).allclose(pictures)
    torch.nn.init.zeros_(last.bias)
    assert module(pictures).allclose(pictures / 2)
    assert cost(graph_of("squeeze_excite", 32, 32, (4, 4), 1)).parameters == 2 * 32**2 // 4 + 8 + 32


def test_operations_travel_by_name_and_are_equal_by_name():
    for name in BUILT_IN:
        copy = pickle.loads(pickle.dumps(OPERATIONS[name]))  # noqa: S301 -- our own
        assert copy == OPERATIONS[name]
        assert copy.formula == OPERATIONS[name].formula


def test_a_second_registration_raises():
    with pytest.raises(SpaceError, match="operation 'conv_3x3' is registered already; choose another name"):
        operation("conv_3x3", family="convolution")(OPERATIONS["conv_3x3"].build)


def test_names_are_identifiers():
    with pytest.raises(SpaceError, match="expected a name of letters, digits and underscores, got 'my,op'"):
        operation("my,op", family="mine")


def test_an_unknown_operation_lists_the_known_and_the_nearest():
    with pytest.raises(
        UnknownNameError, match=r"operation 'sep_conv_9x9' is not known; known: avg_pool_3x3, .* mean"
    ):
        find_operations(["identity", "sep_conv_9x9"])


def test_an_operation_that_gives_another_shape_is_named():
    def forgets_its_stride(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        return g.conv(x, channels_out, kernel=3)

    mine = Operation("mine", "test", forgets_its_stride)
    g = GraphBuilder((3, 9, 8))
    assert mine.add_to(g, g.image, 6, stride=1).shape == (6, 9, 8)
    message = r"operation 'mine', stride 2: expected \(6, 5, 4\) to come of \(3, 9, 8\), got \(6, 9, 8\)"
    with pytest.raises(SpaceError, match=message):
        mine.add_to(g, g.image, 6, stride=2)
