"""ResNet, ResNeXt and squeeze-and-excite: where they halve, how wide they are, what their blocks compute."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.layers import Conv, Linear
from search_spaces.reference.catalogue import find_network
from search_spaces.reference.residual import RESNETS, Bottleneck, Residual, basic, residual_network


def published(name: str) -> Graph:
    network = find_network(name)
    return network.network(network.image, network.classes)


def convolutions(name: str, part: str) -> list[Conv]:
    return [
        node.layer
        for node in published(name).nodes
        if isinstance(node.layer, Conv) and ".".join(node.scope).startswith(part)
    ]


@pytest.mark.parametrize("name", RESNETS)
def test_the_name_says_the_number_of_weighted_layers(name):
    layers = [
        node.layer
        for node in published(name).nodes
        if isinstance(node.layer, Conv | Linear) and "shortcut" not in node.scope
    ]
    assert name == f"resnet{len(layers)}"


@pytest.mark.parametrize(("name", "width"), [("resnet18", 512), ("resnet50", 2048), ("se_resnet50", 2048)])
def test_the_last_picture_is_a_thirty_second_of_the_first(name, width):
    last = [node.shape for node in published(name).nodes if node.scope[0].startswith("stage4")][-1]
    assert last == (width, 7, 7)


@pytest.mark.parametrize(
    ("name", "widths", "groups"),
    [
        ("resnet50", (64, 64, 256), 1),
        ("resnext50_32x4d", (128, 128, 256), 32),
        ("resnext101_32x8d", (256, 256, 256), 32),
    ],
)
def test_widths_and_groups_of_the_first_bottleneck(name, widths, groups):
    body = convolutions(name, "stage1_block1.body")
    assert tuple(conv.channels_out for conv in body) == widths
    assert [conv.groups for conv in body] == [1, groups, 1]


@pytest.mark.parametrize(("name", "strides"), [("resnet50", [1, 2, 1]), ("se_resnet50", [2, 1, 1])])
def test_which_convolution_halves(name, strides):
    assert [conv.stride for conv in convolutions(name, "stage2_block1.body")] == strides


@pytest.mark.parametrize(
    ("name", "printed"), [("resnet50", 3.8e9), ("resnet101", 7.6e9), ("resnet152", 11.3e9)]
)
def test_halving_one_layer_earlier_gives_the_paper_s_cost(name, printed):
    """He et al. 2016, table 1, prints 3.8, 7.6 and 11.3 G; for 50 layers it rounds 3.86 down."""
    row = Residual(RESNETS[name].blocks, Bottleneck(halves_early=True))
    g = GraphBuilder((3, 224, 224))
    price = cost(g.finish(residual_network(g, 1000, row)))
    assert price.parameters == cost(published(name)).parameters
    assert price.multiply_adds == pytest.approx(printed, rel=0.016)


def test_shortcuts_are_projected_where_the_shape_changes():
    parts = {node.scope[0] for node in published("resnet34").nodes if node.scope[-1] == "shortcut"}
    assert parts == {"stage2_block1", "stage3_block1", "stage4_block1"}
    assert "stage1_block1" in {
        node.scope[0] for node in published("resnet50").nodes if "shortcut" in node.scope
    }


@pytest.mark.parametrize("row", [Residual((1,), basic), Residual((1,), Bottleneck(), reduction=16)])
def test_a_block_that_learnt_nothing_is_the_relu_of_its_input(row):
    g = GraphBuilder((256, 4, 4))
    width = 256 if row.body is basic else 64
    module = build_module(g.finish(row.block(g, g.image, width, stride=1))).eval()
    last = [name for name, _ in module.named_parameters() if name.startswith("body")][-2:]
    for name in last:  # the scale and the shift of the last normalisation
        torch.nn.init.zeros_(module.get_parameter(name))
    pictures = torch.randn(2, 256, 4, 4)
    torch.testing.assert_close(module(pictures), pictures.relu())


def test_the_gate_scales_what_is_added_and_not_the_shortcut():
    g = GraphBuilder((256, 4, 4))
    graph = g.finish(Residual((1,), Bottleneck(), reduction=16).block(g, g.image, 64, stride=1))
    module = build_module(graph).eval()
    for layer in ("gate.3.weight", "gate.3.bias"):
        torch.nn.init.zeros_(module.get_parameter(layer))
    pictures = torch.randn(2, 256, 4, 4)
    body = torch.nn.Sequential(*[module.get_submodule(f"body.{i}") for i in range(8)])
    torch.testing.assert_close(module(pictures), (pictures + 0.5 * body(pictures)).relu())


def test_the_gate_has_a_sixteenth_of_the_channels_inside():
    assert [conv.channels_out for conv in convolutions("se_resnet50", "stage1_block1.gate")] == [16, 256]
