"""FractalNet: lengths of its paths, its joins, its dropout."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.graph import IMAGE, Graph, GraphBuilder
from search_spaces.layers import Conv, Dropout
from search_spaces.reference.catalogue import find_network
from search_spaces.reference.fractalnet import BLOCKS, COLUMNS, fractal_columns


def path_lengths(graph: Graph) -> set[int]:
    """Returns how many convolutions there are on each path from the picture to the output."""
    lengths = {IMAGE: {0}}
    for index, node in enumerate(graph.nodes):
        step = isinstance(node.layer, Conv)
        lengths[index] = {length + step for source in node.inputs for length in lengths[source]}
    return lengths[len(graph.nodes) - 1]


def joined(columns: int) -> Graph:
    g = GraphBuilder((4, 5, 5))
    return g.finish(g.mean(fractal_columns(g, g.image, 4, columns=columns, dropout=0.0)))


@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_a_column_more_doubles_the_longest_path(columns):
    graph = joined(columns)
    lengths = path_lengths(graph)
    assert (min(lengths), max(lengths)) == (1, 2 ** (columns - 1))
    assert sum(isinstance(node.layer, Conv) for node in graph.nodes) == 2**columns - 1


@pytest.mark.parametrize("name", COLUMNS)
def test_depth_of_the_networks(name):
    graph = find_network(name).network((3, 32, 32), 10)
    assert max(path_lengths(graph)) == len(BLOCKS) * 2 ** (COLUMNS[name] - 1)
    assert min(path_lengths(graph)) == len(BLOCKS)


def test_columns_that_end_together_are_joined_by_one_mean():
    """Of three columns three end in the output, two of them having been joined half-way."""
    g = GraphBuilder((4, 5, 5))
    columns = fractal_columns(g, g.image, 4, columns=3, dropout=0.0)
    assert len(columns) == 3
    graph = g.finish(g.mean(columns))
    network = build_module(graph).eval()
    pictures = torch.rand(2, 4, 5, 5)

    def column(*parts: str) -> torch.nn.Sequential:
        prefix = ".".join([*parts, "convolution"])
        return torch.nn.Sequential(*[network.get_submodule(f"{prefix}.{i}") for i in range(3)])

    first = [column("first")(pictures), column("first", "second")(column("first", "first")(pictures))]
    middle = sum(first) / 2
    second = [column("second")(middle), column("second", "second")(column("second", "first")(middle))]
    torch.testing.assert_close(network(pictures), (column()(pictures) + sum(second)) / 3)


def test_dropout_grows_from_block_to_block():
    nodes = find_network("fractalnet_cifar").network((3, 32, 32), 10).nodes
    dropouts = {node.scope[0]: node.layer.probability for node in nodes if isinstance(node.layer, Dropout)}
    assert dropouts == {"block2": 0.1, "block3": 0.2, "block4": 0.3, "block5": 0.4}


def test_every_block_is_followed_by_pooling():
    nodes = find_network("fractalnet_cifar").network((3, 32, 32), 10).nodes
    ends = {node.scope[0]: node.shape for node in nodes if node.scope[0] != "head"}
    assert list(ends.values()) == [(64, 16, 16), (128, 8, 8), (256, 4, 4), (512, 2, 2), (512, 1, 1)]
