"""Dense blocks."""

import pytest
import torch
from torch.nn import functional

from search_spaces.layers import Concat
from tests.search_spaces.operations.blocks import block, chain, convolutions, module, set_to_zero


@pytest.mark.parametrize("layers", [2, 4])
def test_every_layer_sees_all_before_it(layers):
    graph = block(f"dense_{layers}", 8, 16)
    widths = [node.shape[0] for node in graph.nodes if isinstance(node.layer, Concat)]
    assert widths == [8 + 4 * (layer + 1) for layer in range(layers)]
    assert convolutions(f"dense_{layers}", 8, 16) == {
        **{f"{8 + 4 * layer}>16 1x1": 1 for layer in range(layers + 1)},
        "16>4 3x3": layers,
    }


def test_the_input_reaches_the_transition_itself():
    network = module("dense_2", 8)
    transition = chain(network, "operation.transition")
    pictures = torch.rand(2, 8, 8, 8)
    for part in ("grow0", "grow1"):
        set_to_zero(network, f"operation.{part}")
    assert network(pictures).allclose(transition(functional.pad(pictures, (0, 0, 0, 0, 0, 4))))


def test_pooling_first_is_the_same_for_a_quarter():
    network = module("dense_2", 8, stride=2)
    *_, pool, convolution = chain(network, "operation.transition")
    pictures = torch.rand(2, convolution.in_channels, 8, 8)
    torch.testing.assert_close(convolution(pool(pictures)), pool(convolution(pictures)))
