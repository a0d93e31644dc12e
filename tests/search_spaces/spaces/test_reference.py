"""The reference space: all hand-designed networks, or some of them."""

import pytest

from search_spaces.errors import SpaceError, UnknownNameError
from search_spaces.registry import build_space
from search_spaces.spaces.reference import NETWORKS


def test_offers_all_networks_unless_told_otherwise() -> None:
    (decision,) = build_space("reference").decisions
    assert decision.options == tuple(NETWORKS)


def test_offers_the_named_networks_in_their_order() -> None:
    space = build_space("reference", networks="resnet20_w8,resnet8_w4")
    assert space.decisions[0].options == ("resnet20_w8", "resnet8_w4")
    first = space.architecture([0])
    assert space.network(first, (3, 32, 32), 10) == NETWORKS["resnet20_w8"].network((3, 32, 32), 10)
    assert build_space("reference", **space.settings) == space


def test_a_network_that_is_not_known() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'resnet20_w8'"):
        build_space("reference", networks="resnet20_w9")


def test_a_network_that_is_named_twice() -> None:
    with pytest.raises(SpaceError, match="expected names, each once, got 'resnet8_w4,resnet8_w4'"):
        build_space("reference", networks="resnet8_w4,resnet8_w4")
