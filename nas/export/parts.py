"""The parts of a network as a tree: what `Node.scope` says, read the other way round.

A part is written as one `nn.Sequential` or one class. What flows into it and out of it follows from the graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from search_spaces.graph import IMAGE, Graph, Shape


@dataclass(frozen=True, slots=True)
class Part:
    """One scope of a graph: its own nodes (by index) and its sub-parts, in order of computation.

    `first` to `last` are the indices of all nodes within it: they lie side by side, since a scope is entered only once.
    `inputs` are the indices of the values that enter it, oldest first; `outputs` those of its values used elsewhere.
    """

    scope: tuple[str, ...]
    members: tuple["Part | int", ...]
    first: int
    last: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def name(self) -> str:
        """The last word of the path; empty for the whole network."""
        return self.scope[-1] if self.scope else ""


def part_tree(graph: Graph) -> Part:
    """Returns the whole network as a part."""
    return _gather(graph, (), range(len(graph.nodes)))


def is_chain(graph: Graph, part: Part) -> bool:
    """Whether the part is one `nn.Sequential`: the graph has then numbered its nodes "0", "1", ...."""
    return all(isinstance(member, int) and graph.nodes[member].key.isdigit() for member in part.members)


def value_shape(graph: Graph, index: int) -> Shape:
    """Returns the shape of the value `index`."""
    return graph.image if index == IMAGE else graph.nodes[index].shape


def _gather(graph: Graph, scope: tuple[str, ...], indices: Sequence[int]) -> Part:
    """Returns the part `scope`, made of the nodes `indices`."""
    depth = len(scope)
    members: list[Part | int] = []
    for name, group in groupby(indices, key=lambda index: graph.nodes[index].scope[depth : depth + 1]):
        run = list(group)
        members.extend([_gather(graph, scope + name, run)] if name else run)
    first, last = indices[0], indices[-1]
    inputs = {source for node in graph.nodes[first : last + 1] for source in node.inputs if source < first}
    used_later = {source for node in graph.nodes[last + 1 :] for source in node.inputs}
    outputs = [index for index in indices if index in used_later or index == len(graph.nodes) - 1]
    return Part(scope, tuple(members), first, last, tuple(sorted(inputs)), tuple(outputs))
