"""Layers and waypoints."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from search_spaces.drawing.layering import layer_boxes
from search_spaces.drawing.links import read_links
from search_spaces.outline import Box, Panel


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 12))
def test_every_arrow_goes_one_layer_at_a_time(
    random_cell: Callable[[int, int], Panel], seed: int, blocks: int
) -> None:
    panel = random_cell(seed, blocks)
    links = read_links(panel)
    layering = layer_boxes(links)
    rank = {vertex: rank for rank, layer in enumerate(layering.layers) for vertex in layer}
    assert sorted(vertex for vertex in rank if vertex < layering.boxes) == list(range(len(panel.boxes)))
    for arrow, route in zip(links.arrows, layering.routes, strict=True):
        assert (route[0], route[-1]) == arrow
        assert all(rank[b] == rank[a] + 1 for a, b in pairwise(route))
        assert all(vertex >= layering.boxes for vertex in route[1:-1])
    assert set(layering.segments) == {pair for route in layering.routes for pair in pairwise(route)}


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 12))
def test_operations_stand_next_to_the_sum_they_feed(
    random_cell: Callable[[int, int], Panel], seed: int, blocks: int
) -> None:
    panel = random_cell(seed, blocks)
    layering = layer_boxes(read_links(panel))
    for (tail, _), route in zip(panel.arrows, layering.routes, strict=True):
        if tail.endswith(("left", "right")):
            assert len(route) == 2


def test_inputs_stay_on_the_left() -> None:
    boxes = (
        Box("a", "a", "input"),
        Box("b", "b", "input"),
        Box("c", "c", "operation"),
        Box("d", "+", "join"),
    )
    layering = layer_boxes(read_links(Panel("p", boxes, (("a", "c"), ("c", "d"), ("b", "d")))))
    assert layering.layers == ((0, 1), (2, 4), (3,))


def test_long_arrows_of_one_source_share_their_waypoints(random_cell: Callable[[int, int], Panel]) -> None:
    layering = layer_boxes(read_links(random_cell(4, 7)))
    (longest, *_) = sorted(layering.trunks, key=len, reverse=True)
    users = [route for route in layering.routes if longest[0] in route]
    assert len(users) > 1
    assert len({route[0] for route in users}) == 1
    assert len({vertex for trunk in layering.trunks for vertex in trunk}) == sum(map(len, layering.trunks))


def test_arrows_that_differ_keep_to_waypoints_of_their_own() -> None:
    keys = "abcd"
    boxes = tuple(Box(key, key, "operation") for key in keys)
    arrows = (("a", "b"), ("b", "c"), ("c", "d"), ("a", "c"), ("a", "d"))
    alike = Panel("p", boxes, arrows)
    assert len(layer_boxes(read_links(alike)).trunks) == 1
    assert len(layer_boxes(read_links(replace(alike, other_only=frozenset({("a", "d")})))).trunks) == 2


def test_a_panel_without_boxes_has_no_layers() -> None:
    assert layer_boxes(read_links(Panel("empty", (), ()))).layers == ()
