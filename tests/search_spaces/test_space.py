"""What every space can be asked, on the spaces small enough to go through completely."""

import re
from dataclasses import FrozenInstanceError
from random import Random

import pytest

from search_spaces.architecture import Architecture
from search_spaces.errors import SpaceError, UnknownNameError
from search_spaces.graph import IMAGE
from search_spaces.registry import build_space, space_names

IMAGE_SHAPE = (1, 8, 8)
SMALL = ["toy", "reference"]


@pytest.mark.parametrize("name", SMALL)
def test_enumeration_gives_every_architecture_once_in_order(name):
    space = build_space(name)
    everything = list(space.enumerate())
    assert len(everything) == len(set(everything)) == space.size
    assert everything == sorted(everything)
    for architecture in everything:
        space.validate(architecture)


@pytest.mark.parametrize("name", SMALL)
def test_every_architecture_is_a_connected_network_with_a_drawing(name):
    space = build_space(name).fitted(IMAGE_SHAPE, 10)
    for architecture in space.enumerate():
        graph = space.network(architecture, IMAGE_SHAPE, 10)
        assert graph.output == (10, 1, 1)
        assert all(i < index for index, node in enumerate(graph.nodes) for i in node.inputs)
        used = {i for node in graph.nodes for i in node.inputs}
        assert used == {IMAGE, *range(len(graph.nodes) - 1)}
        assert len({node.name for node in graph.nodes}) == len(graph.nodes)
        assert space.outline(architecture).panels


@pytest.mark.parametrize("name", space_names())
def test_random_draws_are_of_the_space_and_repeatable(name):
    space = build_space(name)
    one, other = Random(7), Random(7)
    drawn = [space.random(one) for _ in range(50)]
    assert drawn == [space.random(other) for _ in range(50)]
    assert len(set(drawn)) > 5
    for architecture in drawn:
        space.validate(architecture)


@pytest.mark.parametrize("name", space_names())
def test_neighbours_differ_in_one_decision(name):
    space = build_space(name)
    centre = space.random(Random(1))
    neighbours = list(space.neighbours(centre))
    assert len(neighbours) == len(set(neighbours)) == sum(len(d.options) - 1 for d in space.decisions)
    for neighbour in neighbours:
        space.validate(neighbour)
        assert sum(a != b for a, b in zip(centre.tokens, neighbour.tokens, strict=True)) == 1


def test_a_description_names_what_was_chosen():
    space = build_space("toy")
    described = space.describe(space.architecture([0, 1, 0, 1, 1, 1, 1, 1]))
    assert list(described.items())[:4] == [
        ("normal.block0.left_input", "previous"),
        ("normal.block0.right_input", "current"),
        ("normal.block0.left_op", "conv_3x3"),
        ("normal.block0.right_op", "max_pool_3x3"),
    ]
    assert list(described) == [decision.name for decision in space.decisions]


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ((0,) * 7, "space 'toy': expected 8 tokens, got 7"),
        ((), "space 'toy': expected 8 tokens, got 0"),
        (
            (0, 0, 0, 0, 0, 7, 0, 0),
            "space 'toy', decision 'reduction.block0.right_input': token 7 is not one of 0..1 (token position 5 of 8)",
        ),
        (
            (-1, 0, 0, 0, 0, 0, 0, 0),
            "space 'toy', decision 'normal.block0.left_input': token -1 is not one of 0..1 (token position 0 of 8)",
        ),
    ],
)
def test_tokens_that_are_none_name_decision_value_and_range(tokens, message):
    space = build_space("toy")
    with pytest.raises(SpaceError, match=f"^{re.escape(message)}$"):
        space.architecture(tokens)


def test_an_architecture_of_another_space_is_refused_everywhere():
    space, stranger = build_space("toy"), Architecture("cell", (0,) * 8)
    for ask in (space.validate, space.describe, space.canonical_key, space.outline, space.neighbours):
        with pytest.raises(SpaceError, match="expected space 'toy', got 'cell'"):
            list(ask(stranger) or ())
    with pytest.raises(SpaceError, match="expected space 'toy', got 'cell'"):
        space.network(stranger, IMAGE_SHAPE, 10)


def test_a_space_is_a_value():
    assert build_space("toy", filters=8) == build_space("toy", filters=8) != build_space("toy")
    with pytest.raises(FrozenInstanceError):
        build_space("toy").filters = 8


def test_an_architecture_with_a_name_is_written_and_read_by_it():
    space = build_space("reference", networks="resnet20_cifar,lenet5")
    lenet = space.architecture((1,))
    assert space.text(lenet) == "reference:lenet5"
    assert space.read("lenet5") == space.read("1") == lenet
    with pytest.raises(
        UnknownNameError, match=r"space 'reference': architecture 'lenet' is not known; .* mean 'lenet5'"
    ):
        space.read("lenet")


def test_an_architecture_without_a_name_is_its_tokens():
    space = build_space("toy")
    architecture = space.random(Random(0))
    assert space.text(architecture) == str(architecture)
    assert space.read(str(architecture).removeprefix("toy:")) == architecture
