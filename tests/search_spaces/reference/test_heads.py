"""The ends of networks: which layers, in which order."""

from search_spaces.graph import GraphBuilder
from search_spaces.layers import Activation, Dropout, Flatten, GlobalAverage, Linear
from search_spaces.reference.heads import average_dropout_linear, fully_connected, relu_dropout


def test_the_last_linear_layer_has_nothing_after_it():
    g = GraphBuilder((3, 4, 5))
    graph = g.finish(fully_connected(g, g.image, (7, 6), 2, relu_dropout))
    between = [Activation("relu"), Dropout(0.5)]
    assert [node.layer for node in graph.nodes] == [
        *[Flatten(), Linear(60, 7), *between, Linear(7, 6), *between, Linear(6, 2)]
    ]


def test_without_hidden_widths_there_is_one_linear_layer():
    g = GraphBuilder((3, 2, 2))
    assert [node.layer for node in g.finish(fully_connected(g, g.image, (), 9, relu_dropout)).nodes] == [
        *[Flatten(), Linear(12, 9)]
    ]


def test_the_mean_is_dropped_before_it_is_classified():
    g = GraphBuilder((3, 4, 5))
    graph = g.finish(average_dropout_linear(g, g.image, 10, dropout=0.4))
    assert [node.layer for node in graph.nodes] == [GlobalAverage(), Dropout(0.4), Flatten(), Linear(3, 10)]
