"""Hypothesis strategies and graph helpers shared by the tests of this package."""

import networkx as nx
from hypothesis import strategies as st

from search_spaces.architecture import Architecture
from search_spaces.graph import IMAGE, Graph
from search_spaces.space import Space


def architectures(space: Space) -> st.SearchStrategy[Architecture]:
    """Any architecture of the space."""
    tokens = [st.integers(0, len(decision.options) - 1) for decision in space.decisions]
    return st.tuples(*tokens).map(space.architecture)


def as_networkx(graph: Graph) -> nx.DiGraph:
    """The graph with its layers as labels; names and the order of inputs left out."""
    result = nx.DiGraph()
    result.add_node(IMAGE, label="picture")
    for index, node in enumerate(graph.nodes):
        result.add_node(index, label=f"{node.layer} {node.shape}")
        for source in set(node.inputs):
            result.add_edge(source, index, label=str(node.inputs.count(source)))
    return result


def are_isomorphic(one: nx.DiGraph, other: nx.DiGraph) -> bool:
    same_label = nx.algorithms.isomorphism.categorical_node_match("label", None)
    same_count = nx.algorithms.isomorphism.categorical_edge_match("label", None)
    return nx.is_isomorphic(one, other, node_match=same_label, edge_match=same_count)


def isomorphism_hash(graph: nx.DiGraph) -> str:
    """Equal for isomorphic graphs; others seldom share one."""
    return nx.weisfeiler_lehman_graph_hash(
        graph.to_undirected(), node_attr="label", edge_attr="label", iterations=6
    )
