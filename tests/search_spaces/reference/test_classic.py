"""LeNet-5 to VGG against the tables of the literature, layer by layer.

Where a printed figure is not what arithmetic gives, the row says so and why.
"""

from dataclasses import dataclass

import pytest

from search_spaces.complexity import Cost, layer_costs
from search_spaces.graph import Graph, Node
from search_spaces.layers import Activation, Conv, Dropout, Flatten, Linear, Pool
from search_spaces.reference.catalogue import find_network

KILO, MEGA = 1e3, 1e6


def published(name: str) -> Graph:
    network = find_network(name)
    return network.network(network.image, network.classes)


def layers(graph: Graph, *kinds: type) -> list[tuple[Node, Cost]]:
    pairs = zip(graph.nodes, layer_costs(graph), strict=True)
    return [(node, price) for node, price in pairs if isinstance(node.layer, kinds)]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("lenet5", 61_706),
        ("alexnet", 61_100_840),
        ("vgg11", 132_863_336),
        ("vgg13", 133_047_848),
        ("vgg16", 138_357_544),
        ("vgg19", 143_667_240),
    ],
)
def test_parameters_are_those_published(name, parameters):
    assert sum(price.parameters for _, price in layers(published(name), object)) == parameters


@pytest.mark.parametrize(
    ("name", "multiply_adds"),
    [("alexnet", 714e6), ("vgg11", 7.61e9), ("vgg13", 11.31e9), ("vgg16", 15.47e9), ("vgg19", 19.63e9)],
)
def test_multiply_adds_are_those_published(name, multiply_adds):
    found = sum(price.multiply_adds for _, price in layers(published(name), object))
    assert found == pytest.approx(multiply_adds, rel=0.005)


@dataclass(frozen=True)
class Row:
    """A printed row: sizes, memory in KB, parameters in thousands, multiply-adds in millions."""

    name: str
    window: tuple[int, int, int] | None
    """Kernel, stride and padding."""
    channels: int
    side: int
    memory: int
    parameters: int
    multiply_adds: int


ALEXNET = [
    Row("conv1", (11, 4, 2), 64, 56, 784, 23, 73),
    Row("pool1", (3, 2, 0), 64, 27, 182, 0, 0),
    Row("conv2", (5, 1, 2), 192, 27, 547, 307, 224),
    Row("pool2", (3, 2, 0), 192, 13, 127, 0, 0),
    Row("conv3", (3, 1, 1), 384, 13, 254, 664, 112),
    Row("conv4", (3, 1, 1), 256, 13, 169, 885, 145),
    Row("conv5", (3, 1, 1), 256, 13, 169, 590, 100),
    Row("pool5", (3, 2, 0), 256, 6, 36, 0, 0),
    Row("flatten", None, 9216, 1, 36, 0, 0),
    Row("fc6", None, 4096, 1, 16, 37_749, 38),
    Row("fc7", None, 4096, 1, 16, 16_777, 17),
    Row("fc8", None, 1000, 1, 4, 4_096, 4),
]

ALEXNET_MISPRINTS = {
    "conv4": (
        150,
        "256 filters x 384 x 3 x 3 x 13 x 13 positions are 149.5 M: the printed 145 is 3 % too low",
    ),
}


@pytest.mark.parametrize(
    ("row", "index"), [(row, i) for i, row in enumerate(ALEXNET)], ids=lambda v: str(v)[:12]
)
def test_alexnet_layer_by_layer(row, index):
    graph = published("alexnet")
    node, price = layers(graph, Conv, Pool, Flatten, Linear)[index]
    right, why = ALEXNET_MISPRINTS.get(row.name, (row.multiply_adds, "as printed"))
    assert node.shape == (row.channels, row.side, row.side)
    assert window(node) == row.window
    assert round(price.activation_bytes / 1024) == row.memory
    assert round(printed_parameters(node, price) / KILO) == row.parameters
    assert round(price.multiply_adds / MEGA) == right, why


def window(node: Node) -> tuple[int, int, int] | None:
    match node.layer:
        case Conv(kernel=(kernel, _), stride=stride, padding=(padding, _)):
            return kernel, stride, padding
        case Pool(kernel=kernel, stride=stride, padding=padding):
            return kernel, stride, padding
    return None


def printed_parameters(node: Node, price: Cost) -> int:
    """The table counts the biases of convolutions, but not those of linear layers."""
    return price.multiply_adds if isinstance(node.layer, Linear) else price.parameters


def test_alexnet_drops_half_of_both_hidden_layers():
    head = [node.layer for node in published("alexnet").nodes if node.scope == ("head",)]
    hidden = [Activation("relu"), Dropout(0.5)]
    assert head == [Flatten(), Linear(9216, 4096), *hidden, Linear(4096, 4096), *hidden, Linear(4096, 1000)]


def test_zfnet_has_the_sizes_of_the_papers_figure():
    nodes = [node for node, _ in layers(published("zfnet"), Conv, Pool)]
    assert [node.shape for node in nodes] == [
        *[(96, 110, 110), (96, 55, 55)],
        *[(256, 26, 26), (256, 13, 13)],
        *[(512, 13, 13), (1024, 13, 13), (512, 13, 13), (512, 6, 6)],
    ]


VGG16_CONVOLUTIONS = [
    # channels, side, weights (without biases), millions of numbers put out
    (64, 224, [1_728, 36_864], 3.2),
    (128, 112, [73_728, 147_456], 1.6),
    (256, 56, [294_912, 589_824, 589_824], 0.8),
    (512, 28, [1_179_648, 2_359_296, 2_359_296], 0.4),
    (512, 14, [2_359_296, 2_359_296, 2_359_296], 0.1),
]
VGG16_LINEAR = [(102_760_448, 103), (16_777_216, 17), (4_096_000, 4)]


def test_vgg16_convolutions_have_the_published_sizes_and_weights():
    found = [
        (node.shape, price.parameters - node.shape[0], round(price.activation_bytes / 4 / MEGA, 1))
        for node, price in layers(published("vgg16"), Conv)
    ]
    assert found == [
        ((channels, side, side), weights, millions)
        for channels, side, stage, millions in VGG16_CONVOLUTIONS
        for weights in stage
    ]


def test_vgg16_linear_layers_have_the_published_weights_and_costs():
    found = [
        (price.parameters - node.shape[0], round(price.multiply_adds / MEGA))
        for node, price in layers(published("vgg16"), Linear)
    ]
    assert found == VGG16_LINEAR


def test_vgg16_puts_out_fewer_numbers_than_the_printed_total():
    """Printed: "about 24 M numbers = 93 MB". The rows printed above it, with the picture and the poolings, make 15.2 M.

    If each ReLU kept its own copy they would be 28.8 M. Neither is within 5 % of 24 M, so arithmetic stands.
    """
    graph = published("vgg16")
    rows = sum(price.activation_bytes // 4 for _, price in layers(graph, Conv, Pool, Linear))
    copies = sum(price.activation_bytes // 4 for _, price in layers(graph, Activation))
    picture = 3 * 224 * 224
    assert rows + picture == 15_237_608
    assert (rows + picture + copies) / MEGA == pytest.approx(28.8, abs=0.05)


@pytest.mark.parametrize(
    ("name", "depth"),
    [("lenet5", 5), ("vgg11", 11), ("vgg13", 13), ("vgg16", 16), ("vgg19", 19), ("nin", 12)],
)
def test_the_depth_is_the_number_of_weighted_layers(name, depth):
    assert len(layers(published(name), Conv, Linear)) == depth


def test_lenet_has_tanh_between_its_layers_and_none_at_the_end():
    nodes = published("lenet5").nodes
    assert sum(node.layer == Activation("tanh") for node in nodes) == 4
    assert isinstance(nodes[-1].layer, Linear)
