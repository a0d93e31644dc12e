"""The reference space: all hand-designed networks, or some of them."""

from itertools import pairwise

import pytest

from search_spaces.complexity import cost
from search_spaces.errors import SpaceError, UnknownNameError
from search_spaces.reference import NETWORKS
from search_spaces.registry import build_space

TABLE = """
    lenet5 alexnet zfnet vgg11 vgg13 vgg16 vgg19 nin googlenet inception_v3 inception_v4 inception_resnet_v2
    resnet18 resnet34 resnet50 resnet101 resnet152
    resnet20_cifar resnet32_cifar resnet44_cifar resnet56_cifar resnet110_cifar
    plain20_cifar plain32_cifar plain44_cifar plain56_cifar plain110_cifar
    preact_resnet110_cifar preact_resnet164_cifar wrn16_8_cifar wrn28_10_cifar
    resnext50_32x4d resnext101_32x8d se_resnet50 se_resnext50_32x4d densenet121 densenet_bc100_12_cifar
    mobilenet_v1 mobilenet_v2 shufflenet_v2 highway19_cifar fractalnet_cifar nasnet_a_large nasnet_a_cifar
"""
CIFAR = ((3, 32, 32), 10)


def names(space) -> tuple[str, ...]:
    (decision,) = space.decisions
    return decision.options


def test_every_network_of_the_literatures_table_is_there() -> None:
    assert set(TABLE.split()) <= set(NETWORKS)


def test_offers_all_networks_unless_told_otherwise() -> None:
    space = build_space("reference")
    assert names(space) == tuple(NETWORKS)
    assert space.settings == {"networks": "all"}
    assert set(space.named) == set(NETWORKS)


def test_offers_the_named_networks_in_their_order() -> None:
    space = build_space("reference", networks="resnet20_w8, resnet8_w4")
    assert names(space) == ("resnet20_w8", "resnet8_w4")
    first = space.architecture([0])
    assert space.network(first, *CIFAR) == NETWORKS["resnet20_w8"].network(*CIFAR)
    assert space.price(first, *CIFAR) == cost(space.network(first, *CIFAR))
    assert build_space("reference", **space.settings) == space


@pytest.mark.parametrize("image", [(3, 32, 32), (1, 8, 8), (3, 64, 48)])
def test_fitted_are_all_that_can_be_built_the_cheapest_first(image) -> None:
    space = build_space("reference").fitted(image, 10)
    assert set(names(space)) == {name for name, network in NETWORKS.items() if network.fits(image)}
    costs = [space.price(architecture, image, 10).multiply_adds for architecture in space.enumerate()]
    assert all(one <= other for one, other in pairwise(costs))
    assert space.fitted(image, 10) == space


def test_small_pictures_leave_out_what_halves_too_often() -> None:
    fitting = names(build_space("reference").fitted(*CIFAR))
    assert {"lenet5", "vgg16", "resnet8_w4"} <= set(fitting)
    assert not {"alexnet", "nin", "googlenet", "inception_v3"} & set(fitting)


def test_a_network_asked_for_by_name_is_not_left_out() -> None:
    space = build_space("reference", networks="resnet8_w4,inception_v3")
    assert space.fitted((3, 75, 75), 10) is space
    with pytest.raises(
        SpaceError, match="network 'inception_v3': expected pictures of at least 75x75 pixels"
    ):
        space.fitted(*CIFAR)


def test_a_key_is_the_same_whichever_others_there_are() -> None:
    alone = build_space("reference", networks="resnet8_w4")
    beside = build_space("reference", networks="vgg16,resnet8_w4")
    assert alone.canonical_key(alone.architecture([0])) == beside.canonical_key(beside.architecture([1]))
    every = build_space("reference")
    assert len({every.canonical_key(architecture) for architecture in every.enumerate()}) == every.size


def test_the_drawing_is_of_the_network_for_the_pictures_at_hand() -> None:
    space = build_space("reference", networks="resnet8_w4")
    (architecture,) = space.enumerate()
    published, small = space.outline(architecture), space.outline_on(architecture, (1, 8, 8), 5)
    assert "3x32x32" in str(published.panels)
    assert "1x8x8" in str(small.panels)
    assert "3x32x32" not in str(small.panels)


def test_the_drawing_names_the_network() -> None:
    space = build_space("reference", networks="lenet5")
    assert space.outline(space.architecture([0])).title == "reference:lenet5"


def test_a_network_that_is_not_known() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'resnet20_w8'"):
        build_space("reference", networks="resnet20_w9")


def test_a_network_that_is_named_twice() -> None:
    with pytest.raises(SpaceError, match="expected names, each once, got 'resnet8_w4,resnet8_w4'"):
        build_space("reference", networks="resnet8_w4,resnet8_w4")
