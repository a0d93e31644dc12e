"""Whole networks and single operations as outlines: true to the graph, and short enough to be read."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.complexity import cost
from search_spaces.drawing.links import read_links
from search_spaces.drawing.svg import draw_svg
from search_spaces.drawing.text import draw_text
from search_spaces.drawing.whole import layers_outline, network_outline
from search_spaces.graph import Graph, GraphBuilder
from search_spaces.operations import BUILT_IN, find_operations
from search_spaces.outline import Box
from search_spaces.spaces.cell import CellSpace

IMAGE = (3, 32, 32)
SPACE = CellSpace(blocks=3, cells_per_stage=6)


def residual_network(blocks: int) -> Graph:
    """Returns three stages of so many blocks x + BN(conv3x3(x)), with 8, 16 and 32 channels."""
    g = GraphBuilder(IMAGE)
    x = g.image
    for stage, filters in enumerate((8, 16, 32)):
        with g.scope(f"entry{stage}"):
            x = g.conv(x, filters, kernel=3, stride=2)
        for block in range(blocks):
            with g.scope(f"stage{stage}_block{block}"):
                x = g.add(x, g.norm(g.conv(x, filters, kernel=3)))
        x = g.relu(x)
    with g.scope("head"):
        return g.finish(g.classifier(x, classes=10))


def test_a_residual_network_is_a_box_for_each_run_of_blocks() -> None:
    graph = residual_network(50)
    outline = network_outline(graph, "deep")
    (panel,) = outline.panels
    price = cost(graph)
    assert outline.stack == f"{price.parameters:,} parameters, {price.multiply_adds:,} multiply-adds"
    assert panel.boxes[:5] == (
        Box("picture", "picture", "input", "3x32x32"),
        Box("entry0", "entry0", "operation", "8x16x16, 216 parameters"),
        Box("stage0_block0", "50 x stage0_block0…49", "operation", "8x16x16, 592 parameters each"),
        Box("layer0", "ReLU", "operation", "8x16x16"),
        Box("entry1", "entry1", "operation", "16x8x8, 1,152 parameters"),
    )
    assert panel.boxes[-2:] == (
        Box("head", "head", "operation", "10, 330 parameters"),
        Box("logits", "logits", "output", "10"),
    )
    assert panel.arrows == tuple((one.key, other.key) for one, other in pairwise(panel.boxes))


@given(seed=st.integers(0, 10_000))
def test_boxes_of_a_network_sum_up_to_its_parameters(seed: int) -> None:
    graph = SPACE.network(SPACE.random(Random(seed)), IMAGE, 10)
    (panel,) = network_outline(graph, "a network").panels
    read_links(panel)
    parameters = 0
    for box in panel.boxes:
        if "parameters" in box.note:
            times = int(box.label.split(" x ")[0]) if " x " in box.label else 1
            parameters += times * int(box.note.split(", ")[1].split()[0].replace(",", ""))
    assert parameters == cost(graph).parameters
    reached = {"logits"}
    for tail, head in reversed(panel.arrows):
        if head in reached:
            reached.add(tail)
    assert reached == {box.key for box in panel.boxes}


def test_cells_that_look_two_back_are_folded_and_joined() -> None:
    g = GraphBuilder((8, 16, 16))
    previous = current = g.image
    for number in range(7):
        with g.scope(f"cell{number}"):
            x = g.conv(g.add(previous, current), 8, kernel=3, stride=2 if number == 5 else 1)
            previous, current = (current, x) if number < 5 else (x, x)
    (panel,) = network_outline(g.finish(current), "two back").panels
    assert [box.label for box in panel.boxes[1:-1]] == ["cell0", "4 x cell1…4", "cell5", "cell6"]
    assert {("picture", "cell1"), ("cell0", "cell1"), ("cell1", "cell5"), ("cell5", "cell6")} <= set(
        panel.arrows
    )


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "zero"])
def test_every_operation_can_be_drawn_layer_by_layer(name: str) -> None:
    (operation,) = find_operations([name])
    g = GraphBuilder((16, 8, 8))
    graph = g.finish(operation.add_to(g, g.image, 32, stride=2))
    outline = layers_outline(graph, name)
    (panel,) = outline.panels
    layers = [label for box in panel.boxes if box.role != "input" for label in box.label.split(", ")]
    assert len(layers) == len(graph.nodes) + 1
    assert panel.boxes[0] == Box("input", "input", "input", "16x8x8")
    assert draw_svg(outline) == draw_svg(layers_outline(graph, name))
    assert max(map(len, draw_text(outline).splitlines())) <= 80


def test_a_gate_is_drawn_as_one() -> None:
    g = GraphBuilder((16, 8, 8))
    gate = g.sigmoid(g.conv(g.global_average(g.image), 16, kernel=1))
    (panel,) = layers_outline(g.finish(g.scale(g.image, gate)), "gate").panels
    assert [(box.label, box.role, box.note) for box in panel.boxes] == [
        ("input", "input", "16x8x8"),
        ("global average, conv 1x1, Sigmoid", "operation", "16"),
        ("×", "join", ""),
        ("output", "output", ""),
    ]
    assert panel.arrows == (
        ("input", "layer0"),
        ("input", "layer3"),
        ("layer0", "layer3"),
        ("layer3", "output"),
    )


@pytest.mark.parametrize("blocks", [1, 3, 50])
def test_a_network_of_any_depth_fits_a_terminal(blocks: int) -> None:
    lines = draw_text(network_outline(residual_network(blocks), "a network")).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) < 30
    assert not any(line.endswith("…") for line in lines)
