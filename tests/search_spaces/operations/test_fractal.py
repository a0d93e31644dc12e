"""Fractal blocks."""

import networkx as nx
import pytest
import torch

from search_spaces.layers import Conv, Rescale
from tests.search_spaces.operations.blocks import block, chain, convolutions, module


@pytest.mark.parametrize("columns", [2, 3])
def test_columns_are_of_one_two_and_four_convolutions(columns):
    graph = block(f"fractal_{columns}", 8)
    wires = nx.DiGraph((source, index) for index, node in enumerate(graph.nodes) for source in node.inputs)
    paths = nx.all_simple_paths(wires, -1, len(graph.nodes) - 1)
    depths = {sum(isinstance(graph.nodes[i].layer, Conv) for i in path if i >= 0) for path in paths}
    assert convolutions(f"fractal_{columns}", 8) == {"8>8 3x3": 2**columns - 1}
    assert (min(depths), max(depths)) == (1, 2 ** (columns - 1))


def test_columns_that_end_together_have_one_mean():
    factors = [node.layer.factor for node in block("fractal_3", 8).nodes if isinstance(node.layer, Rescale)]
    assert factors == [1 / 2, 1 / 3]


def test_two_columns_are_the_mean_of_one_and_of_two_convolutions():
    network = module("fractal_2", 8)
    shallow, first, second = (
        chain(network, f"operation.{part}") for part in ("shallow", "first.shallow", "second.shallow")
    )
    pictures = torch.rand(2, 8, 8, 8)
    assert network(pictures).allclose((shallow(pictures) + second(first(pictures))) / 2)
