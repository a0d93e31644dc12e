"""The layers of a network in groups, each of which becomes one box of a picture."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from search_spaces.drawing.labels import JOINS, is_depthwise
from search_spaces.graph import Graph
from search_spaces.layers import Add, Concat, Conv, Layer, Linear, Pool

Group = tuple[int, ...]
"""Indices of nodes, ascending."""

WEIGHTY = (Conv, Linear, Pool)
"""Layers of which a box has one, together with the normalisation and activation that go with it."""


def parts(graph: Graph) -> list[Group]:
    """Returns the top-level parts of a network, in order; layers outside of all parts as in `chains`.

    A sum or concatenation behind a part belongs to it where it joins the part's output with what the part takes too, as
    at the end of a residual block.
    """
    uses = Counter(source for node in graph.nodes for source in node.inputs)
    groups: list[Group] = []
    for scope, run in groupby(range(len(graph.nodes)), key=lambda index: graph.nodes[index].scope[:1]):
        nodes = tuple(run)
        if not scope and groups and uses[groups[-1][-1]] == 1 and _is_end(graph, groups[-1], nodes[0]):
            groups[-1] = (*groups[-1], nodes[0])
            nodes = nodes[1:]
        groups += [nodes] if scope else chains(graph, nodes)
    return groups


def chains(graph: Graph, indices: Iterable[int]) -> list[Group]:
    """Returns these layers in order; a convolution with its normalisation and activation, one after the other, is one.

    "Conv, BN, ReLU" is one group, and so is "ReLU, conv, BN" in networks that begin with the activation.
    """
    uses = Counter(source for node in graph.nodes for source in node.inputs)
    found: dict[int, list[int]] = {}  # last node -> group
    for index in indices:
        node = graph.nodes[index]
        group = found.get(node.inputs[0], []) if len(node.inputs) == 1 and uses[node.inputs[0]] == 1 else []
        if group and not _begins([graph.nodes[i].layer for i in group], node.layer):
            del found[group[-1]]
            found[index] = [*group, index]
        else:
            found[index] = [index]
    return sorted(map(tuple, found.values()))


def _is_end(graph: Graph, part: Group, join: int) -> bool:
    """Returns whether a layer joins the output of a part with nothing but what the part takes or computes."""
    node = graph.nodes[join]
    known = {*part, *(source for member in part for source in graph.nodes[member].inputs)}
    return isinstance(node.layer, (Add, Concat)) and part[-1] in node.inputs and known.issuperset(node.inputs)


def _begins(before: Sequence[Layer], layer: Layer) -> bool:
    """Returns whether a layer begins a group of its own behind these."""
    if is_depthwise(before[-1]) and isinstance(layer, Conv):
        return False
    if isinstance(layer, Pool) or type(before[0]) in (type(layer), Pool, *JOINS):
        return True
    return isinstance(layer, WEIGHTY) and any(isinstance(other, WEIGHTY) for other in before)
