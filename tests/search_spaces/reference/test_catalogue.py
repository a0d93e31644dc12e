"""The table of networks: registration, sizes that fit, and what is said about those that do not."""

from dataclasses import replace

import pytest

from search_spaces.errors import SpaceError, UnknownNameError
from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference import catalogue
from search_spaces.reference.catalogue import NETWORKS, find_network, reference, references

SMALLEST_SIDES = {
    "lenet5": 16,
    "alexnet": 63,
    "vgg16": 32,
    "nin": 55,
    "googlenet": 47,
    "inception_v3": 75,
    "inception_v4": 75,
    "inception_resnet_v2": 75,
}


@pytest.fixture
def _own_table(monkeypatch):
    monkeypatch.setattr(catalogue, "NETWORKS", dict(NETWORKS))


@pytest.mark.usefixtures("_own_table")
def test_a_function_is_registered_and_stays_what_it_was():
    @reference("mine", image=(1, 8, 8), classes=3, source="folklore")
    def mine(g: GraphBuilder, classes: int) -> Value:
        return g.classifier(g.image, classes=classes)

    network = find_network("mine")
    assert (network.name, network.image, network.classes, network.source) == (
        "mine",
        (1, 8, 8),
        3,
        "folklore",
    )
    assert network.build is mine
    assert network.network((2, 5, 5), 7).output == (7, 1, 1)


@pytest.mark.usefixtures("_own_table")
def test_a_family_gives_each_name_its_row():
    @references({"mlp1": (20,), "mlp2": (30, 40)}, image=(1, 4, 4), classes=2, source="folklore")
    def mlp(g: GraphBuilder, classes: int, widths: tuple[int, ...]) -> Value:
        x = g.image
        for width in (*widths, classes):
            x = g.linear(x, width)
        return x

    linear = [
        [node.shape[0] for node in find_network(name).network((1, 4, 4), 2).nodes][1::2]
        for name in ("mlp1", "mlp2")
    ]
    assert linear == [[20, 2], [30, 40, 2]]


def test_a_name_is_registered_once():
    with pytest.raises(SpaceError, match="network 'vgg16' is registered already"):
        reference("vgg16", source="folklore")(lambda g, classes: g.classifier(g.image, classes=classes))


def test_a_name_that_is_not_known():
    with pytest.raises(UnknownNameError, match=r"network 'vgg17' is not known; .*Did you mean 'vgg1"):
        find_network("vgg17")


@pytest.mark.parametrize(("name", "side"), SMALLEST_SIDES.items())
def test_the_smallest_side_is_the_first_that_works(name, side):
    network = find_network(name)
    assert network.smallest_side(channels=3) == side
    assert network.network((3, side, side), 10).output == (10, 1, 1)
    assert network.fits((3, side, side))
    assert not network.fits((3, side - 1, side))


def test_too_small_a_picture_is_told_what_would_do():
    with pytest.raises(SpaceError) as caught:
        find_network("inception_v3").network((3, 32, 48), 10)
    assert str(caught.value) == (
        "network 'inception_v3': expected pictures of at least 75x75 pixels, got 32x48; "
        "use larger pictures or another network"
    )
    assert "does not fit a side" in str(caught.value.__cause__)


@pytest.mark.usefixtures("_own_table")
def test_a_network_that_fits_no_picture_says_why():
    @reference("broken", source="folklore")
    def broken(g: GraphBuilder, classes: int) -> Value:
        return g.linear(g.conv(g.image, 8, kernel=3, groups=5), classes)

    with pytest.raises(SpaceError, match="must be divisible by `groups`"):
        find_network("broken").network((3, 32, 32), 10)


def test_any_channels_and_classes_will_do():
    for name in SMALLEST_SIDES:
        network = find_network(name)
        graph = network.network((5, *network.image[1:]), 17)
        assert graph.image[0] == graph.nodes[0].layer.channels_in == 5
        assert graph.output == (17, 1, 1)


def test_without_auxiliary_heads_nothing_is_added():
    network = find_network("googlenet")
    bare = replace(network, auxiliary=())
    assert bare.parameters_with_auxiliary() == 6_998_552


def test_the_drawing_is_of_the_network_as_published():
    outline = find_network("lenet5").outline("LeNet-5", (1, 32, 32), 10)
    assert outline.title == "LeNet-5"
    assert outline.stack.startswith("61,706 parameters, ")
    assert outline.stack.endswith("; LeCun et al. 1998, section II.B")
    (panel,) = outline.panels
    assert [box.key for box in panel.boxes] == ["picture", "conv1", "conv2", "head", "logits"]
    assert panel.boxes[0].note.replace("×", "x") == "1x32x32"


def test_the_drawing_says_how_many_were_trained_with_auxiliary_heads():
    outline = find_network("inception_v3").outline("title", (3, 299, 299), 1000)
    assert "; 27,161,264 with auxiliary heads; Szegedy" in outline.stack


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "zfnet", "vgg11", "nin", "googlenet", "inception_v3"])
def test_every_picture_from_the_smallest_on_fits(name):
    """Or a bisection could not find the smallest."""
    network = find_network(name)
    fitting = [network.fits((3, side, side)) for side in range(1, network.image[1] + 1, 3)]
    assert fitting == sorted(fitting)
