"""Whole networks as outlines: part by part with shapes and costs, or, for a small one, layer by layer."""

from collections.abc import Sequence

from search_spaces.complexity import Cost, cost, layer_costs, total
from search_spaces.drawing.folding import part_sources, run_name, runs
from search_spaces.drawing.grouping import Group, chains, parts
from search_spaces.drawing.labels import JOINS, layer_label, shape_label
from search_spaces.graph import IMAGE, Graph
from search_spaces.outline import Box, Outline, Panel

PICTURE, RESULT = "picture", "logits"


def network_outline(graph: Graph, title: str) -> Outline:
    """Returns a box for each part of a network, with the shape that comes out and how much it learns.

    Parts are the outermost scopes. A run of equal parts is one box, and layers outside of all parts are boxes of their
    own. The keys of boxes are the names of parts, so that two networks can be laid beside each other.
    """
    groups = parts(graph)
    sources = part_sources(graph, groups)
    costs = layer_costs(graph)
    boxes = [Box(PICTURE, PICTURE, "input", shape_label(graph.image))]
    keys: dict[int, str] = {IMAGE: PICTURE}
    arrows: dict[tuple[str, str], None] = {}
    for run in runs(graph, groups, sources):
        key = _part_name(graph, groups[run.start])
        keys |= dict.fromkeys(run, key)
        boxes.append(_part_box(graph, [groups[part] for part in run], key, costs))
        arrows |= dict.fromkeys((keys[source], key) for source in sources[run.start])
    boxes.append(Box(RESULT, RESULT, "output", shape_label(graph.output)))
    return Outline(
        title,
        _summary(cost(graph)),
        (Panel("Network", tuple(boxes), (*arrows, (keys[len(groups) - 1], RESULT))),),
    )


def layers_outline(graph: Graph, title: str) -> Outline:
    """Returns a box for each layer of a small network, such as one operation, with the shape that comes out.

    A convolution with its normalisation and activation is one box.
    """
    groups = chains(graph, range(len(graph.nodes)))
    keys = {node: graph.nodes[group[0]].name for group in groups for node in group} | {IMAGE: "input"}
    boxes = [Box("input", "input", "input", shape_label(graph.image))]
    arrows = []
    for group in groups:
        first = graph.nodes[group[0]]
        boxes.append(_layers_box(graph, group, keys[group[0]], shape_label(graph.nodes[group[-1]].shape)))
        arrows += [(keys[source], first.name) for source in first.inputs]
    boxes.append(Box("output", "output", "output"))
    arrows.append((keys[len(graph.nodes) - 1], "output"))
    return Outline(title, _summary(cost(graph)), (Panel("Layers", tuple(boxes), tuple(arrows)),))


def _part_box(graph: Graph, run: Sequence[Group], key: str, costs: Sequence[Cost]) -> Box:
    """Returns the box of equal parts in a row."""
    note = shape_label(graph.nodes[run[-1][-1]].shape)
    if learnt := _learnt([total(costs[node] for node in part).parameters for part in run]):
        note += f", {learnt}"
    if graph.nodes[run[0][0]].scope:
        return Box(key, run_name([_part_name(graph, part) for part in run]), "operation", note)
    return _layers_box(graph, run[0], key, note)


def _learnt(parameters: Sequence[int]) -> str:
    """Returns how much the parts of a run learn, nothing where they learn nothing."""
    if not any(parameters):
        return ""
    if len(parameters) == 1:
        return f"{parameters[0]:,} parameters"
    if len(set(parameters)) == 1:
        return f"{parameters[0]:,} parameters each"
    return f"{sum(parameters):,} parameters together"


def _layers_box(graph: Graph, group: Group, key: str, note: str) -> Box:
    layers = [graph.nodes[node].layer for node in group]
    label = ", ".join(map(layer_label, layers))
    return Box(key, label, "join") if type(layers[0]) in JOINS else Box(key, label, "operation", note)


def _part_name(graph: Graph, part: Group) -> str:
    """Returns the name of the scope, or of the first layer outside of all scopes."""
    first = graph.nodes[part[0]]
    return first.scope[0] if first.scope else first.name


def _summary(price: Cost) -> str:
    return f"{price.parameters:,} parameters, {price.multiply_adds:,} multiply-adds"
