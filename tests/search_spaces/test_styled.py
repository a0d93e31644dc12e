"""Normalisation, activation and keys of the spaces whose networks are said in parts."""

from random import Random

import pytest

from search_spaces.errors import SpaceError
from search_spaces.layers import Activation, BatchNorm, GroupNorm, PReLU
from search_spaces.registry import build_space

SPACES = [("cell", {"operations": "all"}), ("nasnet", {}), ("macro", {"layers": 4}), ("mobile", {})]
IMAGE = (3, 16, 16)


def kinds_of_layers(name, settings):
    space = build_space(name, **settings)
    nodes = [
        node for seed in range(20) for node in space.network(space.random(Random(seed)), IMAGE, 10).nodes
    ]
    return {type(node.layer) for node in nodes}, {
        node.layer.kind for node in nodes if isinstance(node.layer, Activation)
    }


@pytest.mark.parametrize(("name", "settings"), SPACES, ids=str)
def test_every_layer_follows_the_two_settings(name, settings):
    layers, activations = kinds_of_layers(name, settings)
    assert BatchNorm in layers
    assert activations <= {"relu", "sigmoid"}
    layers, activations = kinds_of_layers(name, {**settings, "normalisation": "group", "activation": "silu"})
    assert GroupNorm in layers
    assert BatchNorm not in layers
    assert activations <= {"silu", "sigmoid"}
    layers, activations = kinds_of_layers(name, {**settings, "activation": "prelu"})
    assert PReLU in layers
    assert activations <= {"sigmoid"}


@pytest.mark.parametrize(("name", "settings"), SPACES, ids=str)
def test_a_style_changes_the_key_and_only_a_known_one_is_accepted(name, settings):
    styles = [{}, {"normalisation": "group"}, {"activation": "elu"}]
    spaces = [build_space(name, **settings, **style) for style in styles]
    tokens = spaces[0].random(Random(0)).tokens
    assert len({space.canonical_key(space.architecture(tokens)) for space in spaces}) == len(styles)
    with pytest.raises(
        SpaceError, match=f"space '{name}', setting 'activation': 'gelu' is not known; known: elu"
    ):
        build_space(name, activation="gelu")
