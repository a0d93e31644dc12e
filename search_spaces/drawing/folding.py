"""Runs of equal parts: thirty-five equal blocks one after the other are one box of a picture.

Equal are parts of the same layers, joined alike, that take the same places before them: the last part and perhaps the
last but one. A run ends with a part that something else than the run's own pattern takes from. Where too much is left,
as in a DenseNet, whose every layer is wider than the last, parts that differ in nothing but channels are equal too.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from string import digits

from search_spaces.drawing.grouping import Group
from search_spaces.drawing.labels import layer_label
from search_spaces.graph import Graph, Node

READABLE = 40
"""Boxes of a picture that is still read with pleasure."""
Sources = tuple[tuple[int, ...], ...]
"""For each part the parts that it takes from, ascending; `IMAGE` is the picture."""


def part_sources(graph: Graph, parts: Sequence[Group]) -> Sources:
    """Returns which parts each part takes from."""
    part_of = {node: part for part, nodes in enumerate(parts) for node in nodes}
    taken = (
        {part_of.get(source, source) for node in nodes for source in graph.nodes[node].inputs} - {part}
        for part, nodes in enumerate(parts)
    )
    return tuple(tuple(sorted(sources)) for sources in taken)


def runs(graph: Graph, parts: Sequence[Group], sources: Sources) -> list[range]:
    """Returns the parts in runs of equal ones, most of which are of one part only."""
    found = _runs([_signature(graph, nodes, _exactly) for nodes in parts], sources)
    if len(found) <= READABLE:
        return found
    return _runs([_signature(graph, nodes, _but_for_channels) for nodes in parts], sources)


def _runs(signatures: Sequence[object], sources: Sources) -> list[range]:
    steps = [frozenset(part - source for source in taken) for part, taken in enumerate(sources)]
    like = list(zip(signatures, steps, strict=True))
    reach = [
        frozenset(user - part for user, taken in enumerate(sources) if part in taken)
        for part in range(len(sources))
    ]
    found: list[range] = []
    for part in range(len(sources)):
        last = part - 1
        if found and 1 in steps[last] and reach[last] <= steps[last] and like[last] == like[part]:
            found[-1] = range(found[-1].start, part + 1)
        else:
            found.append(range(part, part + 1))
    return found


def run_name(names: Sequence[str]) -> str:
    """Returns one name for the parts of a run: "35 x stage2_block1…35" for names that end in numbers."""
    if len(names) == 1:
        return names[0]
    stem = names[0].rstrip(digits)
    return f"{len(names)} x {names[0]}…{names[-1].removeprefix(stem)}"


def _signature(graph: Graph, nodes: Group, value: Callable[[Node], object]) -> object:
    """Returns what parts have in common whose layers have the same `value` and are joined alike."""
    place: Mapping[int, int] = dict(zip(nodes, count(), strict=False))
    return tuple(
        (value(node), tuple(place.get(source) for source in node.inputs))
        for node in map(graph.nodes.__getitem__, nodes)
    )


def _exactly(node: Node) -> object:
    return node.layer, node.shape


def _but_for_channels(node: Node) -> object:
    return layer_label(node.layer), node.shape[1:]
