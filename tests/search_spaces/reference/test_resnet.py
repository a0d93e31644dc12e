import pytest

from search_spaces.complexity import cost
from search_spaces.layers import Conv, Linear
from search_spaces.reference.resnet import ResNet
from search_spaces.registry import build_space

CIFAR = ((3, 32, 32), 10)


def weighted_layers(network: ResNet) -> int:
    """Layers on the longest path: the projections of the shortcuts are beside it."""
    nodes = network.network(*CIFAR).nodes
    return sum(isinstance(node.layer, Conv | Linear) and "shortcut" not in node.scope for node in nodes)


def test_resnet20_costs_what_was_published():
    """He et al. 2016, table 6: 0.27 M parameters; 41 M multiply-adds."""
    price = cost(ResNet(20, 16).network(*CIFAR))
    projections = (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64)
    assert price.parameters == 269_722 + projections == 272_474
    assert price.multiply_adds == pytest.approx(41e6, rel=0.01)


@pytest.mark.parametrize("depth", [8, 14, 20])
def test_the_depth_is_the_number_of_weighted_layers(depth):
    assert weighted_layers(ResNet(depth, 4)) == depth


@pytest.mark.parametrize("width", [4, 8, 32])
def test_the_width_doubles_where_the_picture_is_halved(width):
    shapes = [node.shape for node in ResNet(8, width).network(*CIFAR).nodes if node.key == "layer1"]
    assert shapes == [(width, 32, 32), (2 * width, 16, 16), (4 * width, 8, 8)]


def test_all_are_in_the_reference_space_under_their_names():
    space = build_space("reference")
    (decision,) = space.decisions
    assert len(decision.options) == space.size == 12
    chosen = space.architecture([decision.options.index("resnet20_w16")])
    assert space.network(chosen, *CIFAR) == ResNet(20, 16).network(*CIFAR)
    assert space.outline(chosen).title == f"{chosen} (resnet20_w16)"
    assert space.outline(chosen).stack == (
        "stem → 3 x block (16 filters) → 3 x block (32 filters) → 3 x block (64 filters) → classifier"
    )


def test_no_two_have_one_key_or_one_cost():
    space = build_space("reference")
    everything = list(space.enumerate())
    assert len({space.canonical_key(architecture) for architecture in everything}) == 12
    assert len({cost(space.network(architecture, (1, 8, 8), 10)) for architecture in everything}) == 12


@pytest.mark.parametrize("image", [(1, 8, 8), (1, 1, 1), (3, 96, 33), (3, 256, 256)])
def test_any_picture_will_do(image):
    graph = ResNet(8, 4).network(image, 5)
    assert graph.output == (5, 1, 1)
    assert max(graph.nodes[2].shape[1:]) <= 64 or image[1] == 256
