"""The small residual networks in many sizes."""

import pytest

from search_spaces.complexity import cost
from search_spaces.layers import Conv, Linear
from search_spaces.network import LARGEST_SIDE
from search_spaces.reference.catalogue import CIFAR, CIFAR_CLASSES, find_network
from search_spaces.reference.resnet import SIZES


def small(name: str, image=CIFAR, classes: int = CIFAR_CLASSES):
    return find_network(name).network(image, classes)


def test_resnet20_costs_what_was_published():
    """He et al. 2016, table 6: 0.27 M parameters; 41 M multiply-adds."""
    price = cost(small("resnet20_w16"))
    projections = (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64)
    assert price.parameters == 269_722 + projections == 272_474
    assert price.multiply_adds == pytest.approx(41e6, rel=0.01)


@pytest.mark.parametrize("depth", [8, 14, 20])
def test_the_depth_is_the_number_of_weighted_layers(depth):
    """On the longest path: the projections of the shortcuts are beside it."""
    nodes = small(f"resnet{depth}_w4").nodes
    weighted = [
        node for node in nodes if isinstance(node.layer, Conv | Linear) and "shortcut" not in node.scope
    ]
    assert len(weighted) == depth


@pytest.mark.parametrize("width", [4, 8, 32])
def test_the_width_doubles_where_the_picture_is_halved(width):
    shapes = [node.shape for node in small(f"resnet8_w{width}").nodes if node.key == "layer1"]
    assert shapes == [(width, 32, 32), (2 * width, 16, 16), (4 * width, 8, 8)]


def test_no_two_have_one_cost():
    assert len(SIZES) == 12
    assert len({cost(small(name, (1, 8, 8))) for name in SIZES}) == 12


@pytest.mark.parametrize("image", [(1, 8, 8), (1, 1, 1), (3, 96, 33), (3, 256, 256)])
def test_any_picture_will_do(image):
    graph = small("resnet8_w4", image, 5)
    assert graph.output == (5, 1, 1)
    stages = [node for node in graph.nodes if node.name.startswith("stage")]
    assert max(side for node in stages for side in node.shape[1:]) <= LARGEST_SIDE
