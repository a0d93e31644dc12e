"""DenseNet: what every layer sees, and what the transitions leave."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.layers import Conv, Linear
from search_spaces.reference.catalogue import find_network
from search_spaces.reference.densenet import dense_block, dense_layer, transition


def published(name: str) -> Graph:
    network = find_network(name)
    return network.network(network.image, network.classes)


@pytest.mark.parametrize(("name", "depth"), [("densenet121", 121), ("densenet_bc100_12_cifar", 100)])
def test_the_name_says_the_number_of_weighted_layers(name, depth):
    assert sum(isinstance(node.layer, Conv | Linear) for node in published(name).nodes) == depth


@pytest.mark.parametrize(
    ("name", "entering"),
    [
        ("densenet121", [64, 96, 128, 160, 192, 224]),
        ("densenet_bc100_12_cifar", [24 + 12 * layer for layer in range(16)]),
    ],
)
def test_every_layer_sees_what_all_before_it_added(name, entering):
    graph = published(name)
    first = [node for node in graph.nodes if node.scope[0] == "block1" and node.key == "0"]
    assert [graph.input_shapes(node)[0][0] for node in first] == entering


def test_transitions_leave_half_of_the_channels_and_a_quarter_of_the_pixels():
    last = {node.scope[0]: node.shape for node in published("densenet121").nodes}
    assert {name: shape for name, shape in last.items() if name.startswith("transition")} == {
        "transition1": ((64 + 6 * 32) // 2, 28, 28),
        "transition2": ((128 + 12 * 32) // 2, 14, 14),
        "transition3": ((256 + 24 * 32) // 2, 7, 7),
    }


def test_what_came_first_stays_first():
    g = GraphBuilder((4, 5, 5))
    module = build_module(g.finish(dense_block(g, g.image, 2, growth=3))).eval()
    pictures = torch.rand(2, 4, 5, 5)
    output = module(pictures)
    layers = [torch.nn.Sequential(*[module.get_submodule(f"dense{n}.{i}") for i in range(6)]) for n in (1, 2)]
    assert output.shape == (2, 10, 5, 5)
    assert output[:, :4].equal(pictures)
    torch.testing.assert_close(output[:, 4:7], layers[0](pictures))
    torch.testing.assert_close(output[:, 7:], layers[1](output[:, :7]))


def test_a_layer_has_a_bottleneck_of_four_times_its_growth():
    g = GraphBuilder((10, 4, 4))
    graph = g.finish(dense_layer(g, g.image, 3))
    widths = [node.layer.channels_out for node in graph.nodes if isinstance(node.layer, Conv)]
    assert widths == [12, 3]


def test_a_transition_takes_the_mean_of_four_pixels():
    g = GraphBuilder((4, 4, 4))
    module = build_module(g.finish(transition(g, g.image))).eval()
    pictures = torch.rand(2, 4, 4, 4)
    point = module.get_submodule("2")(module.get_submodule("0")(pictures).relu())
    torch.testing.assert_close(module(pictures), torch.nn.functional.avg_pool2d(point, 2))
