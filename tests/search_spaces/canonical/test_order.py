"""Where permuted weights cannot make up for permuted channels, the order of a concatenation counts."""

from collections.abc import Callable

import pytest

from search_spaces.canonical import canonical_form
from search_spaces.graph import Graph, GraphBuilder, Value
from search_spaces.style import Style

Reader = Callable[[GraphBuilder, Value], Value]


def mixed(g: GraphBuilder, x: Value) -> Value:
    return g.conv(x, 4, kernel=3)


MIXERS: dict[str, Reader] = {
    "convolution": mixed,
    "activation": lambda g, x: mixed(g, g.relu(x)),
    "normalisation": lambda g, x: mixed(g, g.norm(x)),
    "pooling": lambda g, x: mixed(g, g.pool(x, "max", kernel=3)),
    "depthwise": lambda g, x: mixed(g, g.conv(x, 4, kernel=3, groups=4)),
    "gate": lambda g, x: mixed(g, g.scale(x, g.sigmoid(g.conv(g.global_average(x), 4, kernel=1)))),
    "classifier": lambda g, x: g.classifier(x, classes=3),
}
READERS: dict[str, Reader] = {
    "groups": lambda g, x: g.conv(x, 4, kernel=3, groups=2),
    "slice": lambda g, x: mixed(g, g.slice(x, 0, 2)),
    "shuffle": lambda g, x: mixed(g, g.shuffle(x, groups=2)),
    "sum": lambda g, x: mixed(g, g.add(x, mixed(g, x))),
    "product": lambda g, x: mixed(g, g.multiply(x, mixed(g, x))),
    "group normalisation": lambda g, x: mixed(g, g.layer(Style("group").norm(4), x)),
    "later": lambda g, x: g.conv(g.relu(g.pool(x, "max", kernel=3)), 4, kernel=3, groups=2),
}


def network(read: Reader, *, swapped: bool) -> Graph:
    g = GraphBuilder((2, 8, 8))
    parts = [g.relu(g.image), g.conv(g.image, 2, kernel=3)]
    return g.finish(read(g, g.concat(parts[::-1] if swapped else parts)))


@pytest.mark.parametrize("read", MIXERS.values(), ids=MIXERS)
def test_order_does_not_count_where_channels_are_mixed(read):
    assert canonical_form(network(read, swapped=True)) == canonical_form(network(read, swapped=False))


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_order_counts_where_it_is_read(read):
    assert canonical_form(network(read, swapped=True)) != canonical_form(network(read, swapped=False))
