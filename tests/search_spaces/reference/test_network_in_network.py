"""Network in Network: no fully connected layer, and the sizes of the authors' model."""

import pytest
import torch

from search_spaces.build import build_module
from search_spaces.complexity import cost
from search_spaces.layers import Conv, Linear
from search_spaces.reference.catalogue import find_network

NIN = find_network("nin")


def test_each_perceptron_is_a_window_and_two_points():
    convolutions = [node for node in NIN.network((3, 224, 224), 1000).nodes if isinstance(node.layer, Conv)]
    assert [node.layer.kernel[0] for node in convolutions] == [11, 1, 1, 5, 1, 1, 3, 1, 1, 3, 1, 1]
    assert [node.shape[1] for node in convolutions] == [54] * 3 + [27] * 3 + [13] * 3 + [6] * 3


def test_the_head_learns_nothing():
    graph = NIN.network((3, 224, 224), 1000)
    assert not any(isinstance(node.layer, Linear) for node in graph.nodes)
    # the same network for other classes differs in the last 1x1 convolution alone
    fewer = NIN.network((3, 224, 224), 10)
    assert cost(graph).parameters - cost(fewer).parameters == 990 * (1024 + 1)


@pytest.mark.parametrize("batch", [1, 2])
def test_the_logits_are_the_means_of_the_last_maps(batch):
    torch.manual_seed(0)
    network = build_module(NIN.network((3, 55, 55), 4)).eval()
    maps = []
    *_, last = network.get_submodule("mlpconv4").children()
    last.register_forward_hook(lambda module, inputs, output: maps.append(output))
    logits = network(torch.randn(batch, 3, 64, 64))
    assert logits.shape == (batch, 4)
    torch.testing.assert_close(logits, maps[0].mean(dim=(2, 3)))
