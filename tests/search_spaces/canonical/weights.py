"""Copies weights between networks that are isomorphic but for the order of concatenated channels."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from search_spaces.graph import Graph, Node
from search_spaces.layers import Concat, Conv, Linear, Scale
from tests.search_spaces.isomorphism import live, matched


def copy_weights(source: nn.Module, one: Graph, target: nn.Module, other: Graph) -> None:
    """Gives `target`, built from `other`, the weights of `source`, built from `one`."""
    state, copied = source.state_dict(), target.state_dict()
    orders = _orders(one, other)
    partner = matched(live(other).graph, live(one).graph)
    for index, node in enumerate(other.nodes):
        if node.layer.parameters():
            name, twin = node.name, one.nodes[partner[index]].name
            for key in [key for key in copied if key.rpartition(".")[0] == name]:
                tensor = state[twin + key.removeprefix(name)]
                copied[key] = _permuted(tensor, node, orders.get(node.inputs[0]), orders.get(index))
    target.load_state_dict(copied)


def _permuted(tensor: Tensor, node: Node, entering: Tensor | None, leaving: Tensor | None) -> Tensor:
    """The tensor of a layer with its output channels in the order `leaving`, its inputs in the order `entering`."""
    if leaving is not None and tensor.dim():
        tensor = tensor[leaving]
    mixes = isinstance(node.layer, Linear) or (isinstance(node.layer, Conv) and node.layer.groups == 1)
    return tensor[:, entering] if mixes and entering is not None and tensor.dim() > 1 else tensor


def _orders(one: Graph, other: Graph) -> Mapping[int, Tensor]:
    """For nodes of `other`: which channel of its partner in `one` each of its channels is, where that is another."""
    first = live(other).first
    partner = matched(live(other).graph, live(one).graph)
    orders: dict[int, Tensor] = {}
    for index, node in enumerate(other.nodes):
        mixes = isinstance(node.layer, Linear) or (isinstance(node.layer, Conv) and node.layer.groups == 1)
        if isinstance(node.layer, Concat):
            orders[index] = _concatenated(first[index], node, one, other, partner)
        elif not mixes and node.inputs[0] in orders:
            orders[index] = orders[node.inputs[0]]
        if (
            isinstance(node.layer, Scale) and node.inputs[0] in orders
        ):  # the gate's last layers follow the channels
            gate = other.nodes[node.inputs[1]]
            orders[node.inputs[1]] = orders[gate.inputs[0]] = orders[node.inputs[0]]
    return orders


def _concatenated(index: int, node: Node, one: Graph, other: Graph, partner: Mapping[Any, Any]) -> Tensor:
    widths = [shape[0] for shape in other.input_shapes(node)]
    places = [partner[index, "input", place][-1] for place in range(len(widths))]
    before = [one.input_shapes(one.nodes[partner[index]])[i][0] for i in range(len(widths))]
    starts = [sum(before[:place]) for place in places]
    return torch.cat([start + torch.arange(width) for start, width in zip(starts, widths, strict=True)])
