"""Layers in groups: what belongs together is one box, and no box is a whole network."""

from itertools import chain, pairwise

import pytest

from search_spaces.drawing.grouping import chains, parts
from search_spaces.drawing.labels import layer_label
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.operations import BUILT_IN, find_operations


def operation_graph(name: str, *, stride: int = 1) -> Graph:
    (operation,) = find_operations([name])
    g = GraphBuilder((16, 8, 8))
    return g.finish(operation.add_to(g, g.image, 32, stride=stride))


def labels(graph: Graph) -> list[str]:
    groups = chains(graph, range(len(graph.nodes)))
    return [", ".join(layer_label(graph.nodes[node].layer) for node in group) for group in groups]


def test_the_activation_may_come_first_or_last() -> None:
    assert labels(operation_graph("conv_3x3")) == ["ReLU, conv 3x3, BN"]
    g = GraphBuilder((3, 8, 8))
    x = g.image
    for _ in range(2):
        x = g.relu(g.norm(g.conv(x, 8, kernel=3)))
    assert labels(g.finish(x)) == ["conv 3x3, BN, ReLU", "conv 3x3, BN, ReLU"]


def test_a_separable_convolution_is_one_group_each_time() -> None:
    assert labels(operation_graph("sep_conv_3x3")) == ["ReLU, depthwise 3x3, conv 1x1, BN"] * 2


def test_pooling_and_joins_stand_alone() -> None:
    g = GraphBuilder((3, 8, 8))
    x = g.relu(g.pool(g.relu(g.conv(g.image, 8, kernel=3)), "max", kernel=3, stride=2))
    y = g.conv(g.relu(g.add(x, x)), 8, kernel=1)
    assert labels(g.finish(y)) == ["conv 3x3, ReLU", "max pool 3x3 /2", "ReLU", "+", "ReLU, conv 1x1"]


def test_a_value_that_two_take_ends_its_group() -> None:
    g = GraphBuilder((3, 8, 8))
    x = g.conv(g.image, 8, kernel=3)
    assert labels(g.finish(g.add(x, g.norm(x)))) == ["conv 3x3", "BN", "+"]


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "zero"])
@pytest.mark.parametrize("stride", [1, 2])
def test_every_layer_is_in_one_group(name: str, stride: int) -> None:
    graph = operation_graph(name, stride=stride)
    groups = chains(graph, range(len(graph.nodes)))
    assert sorted(chain.from_iterable(groups)) == list(range(len(graph.nodes)))
    for group in groups:
        for before, node in pairwise(group):
            assert graph.nodes[node].inputs == (before,)


def test_the_join_behind_a_part_belongs_to_it_unless_others_take_from_the_part() -> None:
    def joined(*, other_user: bool) -> Graph:
        g = GraphBuilder((8, 8, 8))
        with g.scope("body"):
            x = g.conv(g.image, 8, kernel=3)
        y = g.add(g.image, x)
        return g.finish(g.concat([x, y]) if other_user else g.relu(y))

    assert parts(joined(other_user=False)) == [(0, 1), (2,)]
    assert parts(joined(other_user=True)) == [(0,), (1,), (2,)]


def test_a_join_with_what_the_part_does_not_take_stands_alone() -> None:
    g = GraphBuilder((8, 8, 8))
    with g.scope("first"):
        x = g.conv(g.image, 8, kernel=3)
    with g.scope("second"):
        y = g.conv(x, 8, kernel=3)
    assert parts(g.finish(g.concat([g.image, y]))) == [(0,), (1,), (2,)]


def test_parts_are_the_outermost_scopes_and_the_layers_between() -> None:
    g = GraphBuilder((3, 8, 8))
    with g.scope("stem"):
        with g.scope("inner"):
            x = g.conv(g.image, 8, kernel=3)
        x = g.norm(x)
    x = g.relu(x)
    with g.scope("head"):
        graph = g.finish(g.classifier(x, classes=2))
    assert parts(graph) == [(0, 1), (2,), (3, 4, 5)]
