"""Certificates of small random networks against networkx, and how much work symmetric ones make."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import accumulate
from random import Random

import pytest

from search_spaces.canonical import canonical_form
from search_spaces.graph import IMAGE, Graph, GraphBuilder, Node, Value
from search_spaces.layers import Add, Concat, Multiply
from tests.search_spaces.isomorphism import assert_same_partition, live_graph

SHAPE = (4, 1, 1)
MODULE = sys.modules["search_spaces.canonical.certificate"]  # the package has a function of this name
Step = Callable[[GraphBuilder, Value, Value], Value]


def conv(g: GraphBuilder, x: Value) -> Value:
    return g.conv(x, 4, kernel=1)


STEPS: dict[str, Step] = {
    "conv": lambda g, x, _: conv(g, x),
    "relu": lambda g, x, _: g.relu(x),
    "sum": lambda g, x, y: g.add(x, y),
    "product": lambda g, x, y: g.multiply(x, y),
    "concatenation": lambda g, x, y: conv(g, g.concat([x, y, x])),
    "gate": lambda g, x, y: g.scale(x, g.sigmoid(y)),
    "cut": lambda g, x, _: g.cut(x),
    "block": lambda g, x, y: g.add(conv(g, g.relu(x)), conv(g, g.relu(y))),
}


def random_graph(rng: Random, steps: int, names: Sequence[str]) -> Graph:
    """Often symmetric: the steps are few and the last values are put together."""
    g = GraphBuilder(SHAPE)
    values = [g.image]
    for _ in range(steps):
        values.append(STEPS[rng.choice(names)](g, rng.choice(values), rng.choice(values)))
    return g.finish(conv(g, g.concat(values[-rng.randrange(1, 4) :])))


def shuffled(graph: Graph, rng: Random) -> Graph:
    """The same network with its layers in another order, operands too where they have none."""
    place = {IMAGE: IMAGE}
    nodes: list[Node] = []
    while len(nodes) < len(graph.nodes):
        ready = [
            i for i, node in enumerate(graph.nodes) if i not in place and all(x in place for x in node.inputs)
        ]
        index = rng.choice(ready)
        node = graph.nodes[index]
        inputs = [place[x] for x in node.inputs]
        if isinstance(node.layer, Add | Multiply | Concat):
            rng.shuffle(inputs)
        place[index] = len(nodes)
        nodes.append(Node(node.scope, node.key, node.layer, tuple(inputs), node.shape))
    return Graph(graph.image, tuple(nodes))


@pytest.mark.parametrize(
    ("steps", "names", "classes"),
    [
        (4, ["conv", "relu", "sum", "product"], 100),
        (5, ["conv", "sum"], 50),
        (6, ["conv", "sum", "cut"], 50),
        (4, ["conv", "concatenation", "gate"], 50),
        (4, ["block"], 20),
        (6, ["block", "sum"], 100),
    ],
)
def test_certificates_are_equal_exactly_for_isomorphic_networks(steps, names, classes):
    rng = Random(steps)
    graphs = [random_graph(rng, steps, names) for _ in range(500)]
    keys = [canonical_form(graph) for graph in graphs]
    assert assert_same_partition(keys, [live_graph(graph) for graph in graphs]) > classes


@pytest.mark.parametrize("seed", range(50))
def test_another_order_of_layers_and_operands_changes_nothing(seed):
    rng = Random(seed)
    graph = random_graph(rng, 25, sorted(STEPS))
    assert canonical_form(shuffled(graph, rng)) == canonical_form(graph)


Layers = Callable[[GraphBuilder, list[Value]], list[Value]]


def joined(layers: Layers, count: int) -> Graph:
    """The concatenation of what `layers` makes of `count` equal convolutions."""
    g = GraphBuilder(SHAPE)
    return g.finish(conv(g, g.concat(layers(g, [conv(g, g.image) for _ in range(count)]))))


def in_circles(*sizes: int) -> Layers:
    """Each value is added to the next one of its circle; circles of these sizes follow each other."""

    def layers(g: GraphBuilder, values: list[Value]) -> list[Value]:
        results = []
        for start, size in zip(accumulate(sizes, initial=0), sizes, strict=False):
            circle = values[start : start + size]
            results += [g.relu(g.add(circle[i - 1], circle[i])) for i in range(size)]
        return results

    return layers


def nested(*sizes: int) -> Layers:
    """Circles of which each member is taken on by circles of its own."""

    def layers(g: GraphBuilder, values: list[Value]) -> list[Value]:
        members = in_circles(*sizes)(g, values)
        inner = [in_circles(3, 4)(g, [conv(g, x) for _ in range(7)]) for x in members]
        return [reduce(g.add, results) for results in inner]

    return layers


def test_what_looks_alike_from_everywhere_is_told_apart():
    """Every value has two users and every user two values, whatever the sizes of the circles."""
    sizes = [(12,), (6, 6), (3, 3, 6), (4, 4, 4), (3, 3, 3, 3), (4, 8), (3, 9), (3, 4, 5)]
    assert len({canonical_form(joined(in_circles(*circles), 12)) for circles in sizes}) == len(sizes)


@pytest.mark.parametrize(
    ("layers", "count"),
    [(in_circles(3, 3, 6), 12), (in_circles(5, 3, 4), 12), (nested(3), 3), (nested(4), 4)],
)
def test_what_looks_alike_is_told_apart_in_one_way_only(layers, count):
    graph = joined(layers, count)
    assert len({canonical_form(shuffled(graph, Random(seed))) for seed in range(4)}) == 1


def deep_circles(g: GraphBuilder, values: list[Value]) -> list[Value]:
    for _ in range(3):
        values = [conv(g, x) for x in in_circles(len(values))(g, values)]
    return values


def chains(g: GraphBuilder, values: list[Value]) -> list[Value]:
    return [g.add(conv(g, x), conv(g, x)) for x in values]


def residual(g: GraphBuilder, values: list[Value]) -> list[Value]:
    pairs = zip(values[::2], values[1::2], strict=True)
    return [g.add(x, conv(g, g.add(x, y))) for x, y in pairs]


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        (lambda _, values: values, 24),
        (chains, 12),
        (residual, 16),
        (in_circles(2, 2, 2, 2, 2, 2), 12),
        (in_circles(12), 12),
        (in_circles(4, 4, 4), 12),
        (deep_circles, 8),
        (lambda g, values: [g.multiply(x, y) for i, x in enumerate(values) for y in values[:i]], 8),
    ],
    ids=["equal", "chains", "residual", "pairs", "circle", "circles", "deep", "all pairs"],
)
def test_symmetry_does_not_make_it_slow(layers, count, monkeypatch):
    """Twelve values that look alike have 479,001,600 orders; a digest takes some two microseconds."""
    digests = Counter[str]()

    def counted(*parts: bytes) -> bytes:
        digests["taken"] += 1
        return digest(*parts)

    digest = MODULE._digest
    monkeypatch.setattr(MODULE, "_digest", counted)
    graph = joined(layers, count)
    form = canonical_form(graph)
    assert 0 < digests["taken"] < 100_000
    assert canonical_form(shuffled(graph, Random(0))) == form
