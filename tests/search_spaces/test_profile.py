"""Layer tables against sums by hand, and the peak of activations against its definition."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.complexity import cost
from search_spaces.graph import IMAGE, Graph, GraphBuilder
from search_spaces.layers import Pool
from search_spaces.profile import LayerRow, layer_kind, layer_table, peak_activation_bytes
from search_spaces.reference import find_network
from search_spaces.registry import build_space
from tests.search_spaces.strategies import architectures


def small_network() -> Graph:
    g = GraphBuilder((3, 9, 8))
    with g.scope("stem"):
        x = g.norm(g.conv(g.image, 4, kernel=(1, 3), stride=2))
    with g.scope("block"):
        with g.scope("left"):
            left = g.relu(g.conv(x, 4, kernel=3, groups=4))
        with g.scope("right"):
            right = g.pool(x, "max", kernel=3)
        y = g.add(left, right)
    with g.scope("head"):
        return g.finish(g.classifier(y, classes=10))


def test_a_row_says_what_goes_in_and_comes_out_and_what_it_costs():
    rows = {row.name: row for row in layer_table(small_network())}
    assert rows["stem.0"] == LayerRow(
        name="stem.0",
        kind="conv",
        inputs=((3, 9, 8),),
        output=(4, 5, 4),
        kernel=(1, 3),
        stride=2,
        padding=(0, 1),
        activation_bytes=4 * 4 * 5 * 4,
        parameters=4 * 3 * 3,
        multiply_adds=4 * 3 * 3 * 5 * 4,
    )
    assert rows["block.right.0"] == LayerRow(
        "block.right.0", "max pool", ((4, 5, 4),), (4, 5, 4), (3, 3), 1, (1, 1), 320, 0, 0
    )
    assert rows["block.layer0"].inputs == ((4, 5, 4), (4, 5, 4))
    assert rows["block.layer0"].kernel is None
    assert list(rows) == [node.name for node in small_network().nodes]


def test_folded_by_parts():
    table = layer_table(small_network(), depth=1)
    assert [(row.name, row.kind) for row in table] == [
        ("stem", "2 layers"),
        ("block", "4 layers"),
        ("head", "3 layers"),
    ]
    stem, block, _ = table
    assert stem.inputs == ((3, 9, 8),)
    assert block.inputs == ((4, 5, 4), (4, 5, 4))  # one for each branch
    assert (block.output, block.kernel, block.stride) == ((4, 5, 4), None, None)
    assert (block.activation_bytes, block.parameters, block.multiply_adds) == (4 * 320, 36, 36 * 20)
    names = [row.name for row in layer_table(small_network(), depth=2)]
    assert names == [
        "stem.0",
        "stem.1",
        "block.left",
        "block.right",
        "block.layer0",
        "head.0",
        "head.1",
        "head.2",
    ]
    assert layer_table(small_network(), depth=9) == layer_table(small_network())


def test_a_part_of_one_layer_is_that_layer():
    row = layer_table(small_network(), depth=2)[3]
    assert (row.name, row.kind, row.kernel) == ("block.right", "max pool", (3, 3))


@pytest.mark.parametrize("depth", [None, 1, 2])
def test_the_rows_of_a_network_add_up_to_its_cost(depth):
    graph = find_network("googlenet").network((3, 64, 64), 10)
    rows, whole = layer_table(graph, depth), cost(graph)
    assert sum(row.parameters for row in rows) == whole.parameters
    assert sum(row.multiply_adds for row in rows) == whole.multiply_adds
    assert sum(row.activation_bytes for row in rows) == whole.activation_bytes


def test_kinds():
    g = GraphBuilder((4, 8, 8))
    x = g.conv(g.conv(g.image, 4, kernel=3, groups=4, dilation=2), 8, kernel=1, groups=2)
    x = g.conv(g.relu(g.norm(x)), 8, kernel=3)
    kinds = [layer_kind(node.layer) for node in g.finish(x).nodes]
    assert kinds == ["depthwise conv, dilation 2", "conv in 2 groups", "BN", "ReLU", "conv"]
    assert layer_kind(Pool("average", 2)) == "average pool"


def test_the_peak_of_a_chain_is_its_largest_neighbours():
    g = GraphBuilder((1, 4, 4))  # 64 bytes
    x = g.conv(g.image, 8, kernel=1)  # 512
    x = g.conv(x, 2, kernel=1, stride=2)  # 32
    graph = g.finish(g.classifier(x, classes=3))
    assert peak_activation_bytes(graph) == 64 + 512
    assert peak_activation_bytes(graph, batch=32) == 32 * (64 + 512)


def test_a_shortcut_is_held_until_it_is_added():
    g = GraphBuilder((1, 2, 2))  # 16 bytes
    x = g.conv(g.image, 4, kernel=1)  # 64
    y = g.conv(x, 16, kernel=1)  # 256, x held: 320
    y = g.conv(y, 4, kernel=1)  # 64, x and the 256 held: 384
    assert peak_activation_bytes(g.finish(g.add(x, y))) == 64 + 256 + 64


@settings(deadline=None, max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("name", ["toy", "cell"])
def test_the_peak_is_what_its_definition_says(name, data):
    space = build_space(name, blocks=2)
    graph = space.network(data.draw(architectures(space)), (3, 16, 12), 10)
    shapes = {IMAGE: graph.image} | {index: node.shape for index, node in enumerate(graph.nodes)}

    def needed(at: int) -> set[int]:
        later = {source for node in graph.nodes[at:] for source in node.inputs}
        return {value for value in later if value < at} | {at}

    peaks = [
        sum(4 * channels * height * width for channels, height, width in map(shapes.__getitem__, needed(at)))
        for at in range(len(graph.nodes))
    ]
    assert peak_activation_bytes(graph) == max(peaks)
    assert max(peaks) <= cost(graph).activation_bytes + 4 * 3 * 16 * 12
