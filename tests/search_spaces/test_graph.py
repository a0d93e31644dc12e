"""Graphs: shapes, names, what is left out, and what is refused."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.errors import SpaceError
from search_spaces.graph import IMAGE, GraphBuilder
from search_spaces.layers import Add, Concat, Conv

IMAGE_SHAPE = (3, 8, 8)


def test_shapes_and_inputs_are_known_at_every_node():
    g = GraphBuilder(IMAGE_SHAPE)
    left = g.conv(g.image, 4, kernel=3, stride=2)
    right = g.conv(g.image, 4, kernel=1, stride=2)
    graph = g.finish(g.add(left, right))
    assert [node.shape for node in graph.nodes] == [(4, 4, 4)] * 3
    assert [node.inputs for node in graph.nodes] == [(IMAGE,), (IMAGE,), (0, 1)]
    assert graph.input_shapes(graph.nodes[0]) == (IMAGE_SHAPE,)
    assert graph.input_shapes(graph.nodes[2]) == ((4, 4, 4), (4, 4, 4))
    assert graph.output == (4, 4, 4)


def test_what_does_not_reach_the_output_is_left_out():
    g = GraphBuilder(IMAGE_SHAPE)
    g.relu(g.conv(g.image, 100, kernel=3))
    kept = g.conv(g.image, 4, kernel=3)
    g.norm(kept)
    graph = g.finish(g.relu(kept))
    assert [type(node.layer).__name__ for node in graph.nodes] == ["Conv", "Activation"]
    assert graph.nodes[1].inputs == (0,)


def test_a_part_that_is_one_chain_is_numbered_as_in_a_sequential():
    g = GraphBuilder(IMAGE_SHAPE)
    with g.scope("stem"):
        x = g.relu(g.norm(g.conv(g.image, 4, kernel=3)))
    assert [node.name for node in g.finish(x).nodes] == ["stem.0", "stem.1", "stem.2"]


def test_a_part_with_branches_formulas_or_parts_inside_is_not():
    g = GraphBuilder(IMAGE_SHAPE)
    with g.scope("branches"):
        x = g.concat([g.conv(g.image, 4, kernel=1), g.conv(g.image, 4, kernel=3)])
    with g.scope("outer"):
        x = g.relu(x)
        with g.scope("inner"):
            x = g.norm(x)
    with g.scope("used_twice"):
        y = g.conv(x, 8, kernel=1)
        z = g.relu(y)
    graph = g.finish(g.add(y, z))
    assert [node.name for node in graph.nodes] == [
        "branches.layer0",
        "branches.layer1",
        "branches.layer2",
        "outer.layer0",
        "outer.inner.0",
        "used_twice.layer0",
        "used_twice.layer1",
        "layer0",
    ]


def test_names_are_given_after_dead_layers_are_gone():
    g = GraphBuilder(IMAGE_SHAPE)
    with g.scope("stem"):
        g.conv(g.image, 4, kernel=3)
        x = g.norm(g.image)
    assert [node.name for node in g.finish(x).nodes] == ["stem.0"]


def test_padding_keeps_height_and_width_at_stride_1():
    g = GraphBuilder((3, 7, 9))
    for kernel, dilation in ((1, 1), (3, 1), (5, 1), ((1, 5), 1), (3, 2), (5, 3)):
        assert g.conv(g.image, 2, kernel=kernel, dilation=dilation).shape == (2, 7, 9)
    assert g.pool(g.image, "max", kernel=3).shape == (3, 7, 9)
    assert g.pool(g.image, "average", kernel=3, stride=2).shape == (3, 4, 5)


def test_the_classifier_gives_one_number_a_class():
    g = GraphBuilder(IMAGE_SHAPE)
    graph = g.finish(g.classifier(g.image, classes=10))
    assert graph.output == (10, 1, 1)
    assert [type(node.layer).__name__ for node in graph.nodes] == ["GlobalAverage", "Flatten", "Linear"]


def test_gates_scale_channels():
    g = GraphBuilder(IMAGE_SHAPE)
    gate = g.sigmoid(g.global_average(g.image))
    assert g.finish(g.scale(g.image, gate)).output == IMAGE_SHAPE


def test_one_value_is_concatenated_to_itself():
    g = GraphBuilder(IMAGE_SHAPE)
    x = g.shift(g.image)
    assert g.concat([x]) == x
    assert g.finish(g.concat([x, x])).nodes[-1].layer == Concat()


def test_equal_networks_are_equal_values():
    def build():
        g = GraphBuilder(IMAGE_SHAPE)
        return g.finish(g.layer(Add(), g.image, g.layer(Conv(3, 3, (1, 1)), g.image)))

    assert build() == build()
    assert hash(build()) == hash(build())


@pytest.mark.parametrize("name", ["cell 1", "", "1cell", "a.b", "lambda", "layer0", "layer12"])
def test_a_part_needs_an_identifier(name):
    g = GraphBuilder(IMAGE_SHAPE)
    with pytest.raises(SpaceError, match="expected an identifier used once here"), g.scope(name):
        pass


def test_a_part_is_entered_once():
    g = GraphBuilder(IMAGE_SHAPE)
    with g.scope("outer"):
        with g.scope("inner"):
            pass
        with pytest.raises(SpaceError, match=r"graph part 'outer.inner'"), g.scope("inner"):
            pass
    with g.scope("inner"):  # another part of the same name elsewhere
        x = g.relu(g.image)
    assert g.finish(x).nodes[0].name == "inner.0"


def test_zeros_are_left_out_and_carried_on():
    g = GraphBuilder((2, 4, 4))
    nothing = g.zero((2, 4, 4))
    x = g.relu(g.image)
    assert g.add(x, nothing) is x
    assert g.add(nothing, x) is x
    assert g.concat([nothing, x]) is x
    assert g.concat([nothing, nothing]).is_zero
    assert g.concat([nothing, nothing]).shape == (4, 4, 4)
    behind = g.norm(g.conv(nothing, 6, kernel=3, stride=2))
    assert (behind.is_zero, behind.shape) == (True, (6, 2, 2))
    assert [type(node.layer).__name__ for node in g.finish(g.add(x, nothing)).nodes] == ["Activation"]


def test_a_zero_of_another_shape_is_refused_in_a_sum():
    g = GraphBuilder((2, 4, 4))
    with pytest.raises(SpaceError, match="expected two equal shapes"):
        g.add(g.image, g.zero((3, 4, 4)))


def test_a_classifier_on_nothing_gives_logits_all_the_same():
    g = GraphBuilder((3, 4, 4))
    module = build_module(g.finish(g.classifier(g.zero((8, 2, 2)), classes=5)))
    logits = module(torch.randn(4, 3, 4, 4))
    assert logits.shape == (4, 5)
    assert logits.equal(logits[:1].expand(4, 5))


def test_a_mean_is_of_all_its_values():
    g = GraphBuilder((1, 1, 1))
    module = build_module(g.finish(g.mean([g.image, g.relu(g.image), g.relu(g.image)])))
    assert module(torch.tensor([[[[-3.0]]], [[[3.0]]]])).flatten().tolist() == [-1.0, 3.0]
    assert g.mean([g.image]) == g.image


def test_paddings_may_be_given():
    g = GraphBuilder((1, 9, 9))
    assert g.conv(g.image, 2, kernel=3, padding=0).shape == (2, 7, 7)
    assert g.conv(g.image, 2, kernel=(1, 7), padding=(1, 3)).shape == (2, 11, 9)
    assert g.pool(g.image, "max", kernel=2, stride=2, padding=0, ceil=True).shape == (1, 5, 5)


@pytest.mark.parametrize(("output", "got"), [("image", "the picture itself"), ("zero", "zeros")])
def test_an_output_that_no_layer_computes_is_refused(output, got):
    g = GraphBuilder(IMAGE_SHAPE)
    g.relu(g.image)
    value = g.image if output == "image" else g.zero(IMAGE_SHAPE)
    with pytest.raises(SpaceError, match=f"expected an output that a layer computes, got {got}; end with"):
        g.finish(value)


@pytest.mark.parametrize("image", [(3, 8), (0, 8, 8), (3, 8, -1)])
def test_a_picture_has_three_sides_of_at_least_one(image):
    with pytest.raises(
        SpaceError, match=r"picture: expected \(channels, height, width\), each at least 1, got \("
    ):
        GraphBuilder(image)


def test_there_is_at_least_one_class():
    g = GraphBuilder((3, 8, 8))
    with pytest.raises(SpaceError, match="expected at least 1 feature to come out, got 0"):
        g.classifier(g.image, classes=0)
