"""What equal networks are, said again, simply and slowly: a value is a sum of terms, and networkx compares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from search_spaces.graph import IMAGE, Graph
from search_spaces.layers import Add, Concat, Layer, Multiply, Zero

COLOUR_ROUNDS = 12

Sum = tuple[int, ...]
"""The numbers of the terms that are summed, sorted; no terms are zero."""


@dataclass(frozen=True)
class Term:
    """`node` is the index of the first graph node that computes it."""

    label: str
    inputs: tuple[Sum, ...]
    node: int
    has_order: bool = True

    def computes_as(self, other: "Term") -> bool:
        mine, others = ((term.inputs if term.has_order else sorted(term.inputs)) for term in (self, other))
        return self.label == other.label and mine == others


@dataclass
class Terms:
    """What of a network is live."""

    all: list[Term] = field(default_factory=lambda: [Term("picture", (), IMAGE)])

    def value(self, index: int, layer: Layer, inputs: Sequence[Sum]) -> Sum:
        if isinstance(layer, Add):
            return tuple(sorted(term for summands in inputs for term in summands))
        if isinstance(layer, Concat):
            return self.concatenation(index, inputs)
        if isinstance(layer, Zero) or () in inputs:
            return ()
        if isinstance(layer, Multiply):
            return self.term(Term("product", tuple(inputs), index, has_order=False))
        return self.term(Term(repr(layer), tuple(inputs), index), is_new=layer.parameters() > 0)

    def concatenation(self, index: int, inputs: Iterable[Sum]) -> Sum:
        parts = []
        for summands in inputs:
            is_one = len(summands) == 1 and self.all[summands[0]].label == "concatenation"
            parts += self.all[summands[0]].inputs if is_one else [summands] * bool(summands)
        if len(parts) < 2:
            return parts[0] if parts else ()
        return self.term(Term("concatenation", tuple(parts), index, has_order=False))

    def term(self, term: Term, *, is_new: bool = False) -> Sum:
        for number, known in enumerate(self.all):
            if not is_new and known.computes_as(term):
                return (number,)
        self.all.append(term)
        return (len(self.all) - 1,)


@dataclass(frozen=True)
class Live:
    """The live computation: a node for each term, each of its inputs and each summand of an input.

    A term's node has the number of the first graph node that computes it; `first` has it for all others too.
    """

    graph: nx.DiGraph
    first: Mapping[int, int]


def live(network: Graph) -> Live:
    """Concatenations have no order: right where the cells of the tests are stacked."""
    terms = Terms()
    values: dict[int, Sum] = {IMAGE: (0,)}
    for index, node in enumerate(network.nodes):
        values[index] = terms.value(index, node.layer, [values[i] for i in node.inputs])
    graph = nx.DiGraph()
    _add_input(graph, terms.all, "output", "output", values[len(network.nodes) - 1])
    _colour(graph)
    first = {index: terms.all[value[0]].node for index, value in values.items() if len(value) == 1}
    return Live(graph, first)


def live_graph(network: Graph) -> nx.DiGraph:
    return live(network).graph


def _add_input(graph: nx.DiGraph, terms: Sequence[Term], key: object, label: str, summands: Sum) -> None:
    graph.add_node(key, label=label)
    for position, number in enumerate(summands):
        term = terms[number]
        graph.add_node((key, position), label="summand")
        graph.add_edges_from([(term.node, (key, position)), ((key, position), key)])
        if "label" in graph.nodes[term.node]:
            continue
        graph.add_node(term.node, label=term.label)
        for place, value in enumerate(term.inputs):
            name = f"input {place}" if term.has_order else "input"
            _add_input(graph, terms, (term.node, "input", place), name, value)
            graph.add_edge((term.node, "input", place), term.node)


def are_isomorphic(one: nx.DiGraph, other: nx.DiGraph) -> bool:
    return nx.vf2pp_is_isomorphic(one, other, node_label="colour")


def matched(one: nx.DiGraph, other: nx.DiGraph) -> Mapping[Any, Any]:
    """Nodes of one graph -> nodes of an isomorphic one."""
    return nx.vf2pp_isomorphism(one, other, node_label="colour")


def invariant(graph: nx.DiGraph) -> tuple[str, ...]:
    """Equal for isomorphic graphs; others seldom share one."""
    return tuple(sorted(nx.get_node_attributes(graph, "colour").values()))


def _colour(graph: nx.DiGraph) -> None:
    """Gives every node a colour that tells its label and surroundings, which saves networkx most of its search."""
    hashes = nx.weisfeiler_lehman_subgraph_hashes(
        graph.to_undirected(), node_attr="label", iterations=COLOUR_ROUNDS
    )
    nx.set_node_attributes(graph, {node: rounds[-1] for node, rounds in hashes.items()}, "colour")


def assert_same_partition(keys: Sequence[str], graphs: Sequence[nx.DiGraph]) -> int:
    """Fails unless keys are equal exactly where graphs are isomorphic; returns the number of classes."""
    classes: dict[str, list[nx.DiGraph]] = {}
    for key, graph in zip(keys, graphs, strict=True):
        classes.setdefault(key, []).append(graph)
    alike: dict[tuple[str, ...], list[nx.DiGraph]] = {}
    for first, *others in classes.values():
        assert all(are_isomorphic(first, other) for other in others)
        alike.setdefault(invariant(first), []).append(first)
    for firsts in alike.values():
        for index, one in enumerate(firsts):
            assert not any(are_isomorphic(one, other) for other in firsts[:index])
    return len(classes)
