"""Heights of the vertices."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.drawing import placing
from search_spaces.drawing.layering import Layering, layer_boxes
from search_spaces.drawing.links import read_links
from search_spaces.drawing.ordering import reduce_crossings
from search_spaces.drawing.placing import place
from search_spaces.outline import Panel


def test_a_chain_is_level() -> None:
    layering = Layering(3, ((0,), (1,), (2,)), ((0, 1), (1, 2)), (), ())
    centres = place(layering, [[0], [1], [2]], {0: 30.0, 1: 10.0, 2: 30.0}, 12.0)
    assert centres == {0: 15.0, 1: 15.0, 2: 15.0}


def test_a_fan_stands_around_its_source() -> None:
    layering = Layering(4, ((0,), (1, 2, 3)), ((0, 1), (0, 2), (0, 3)), (), ())
    centres = place(layering, [[0], [1, 2, 3]], dict.fromkeys(range(4), 30.0), 10.0)
    assert centres == pytest.approx({0: 55.0, 1: 15.0, 2: 55.0, 3: 95.0})


def test_pairs_are_pooled_only_as_far_as_they_collide() -> None:
    layering = Layering(5, ((0, 1), (2, 3, 4)), ((0, 2), (0, 3), (1, 4)), (), ())
    centres = place(layering, [[0, 1], [2, 3, 4]], dict.fromkeys(range(5), 20.0), 0.0)
    assert centres == pytest.approx({2: 10.0, 3: 30.0, 4: 50.0, 0: 20.0, 1: 50.0}, abs=0.5)


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 7))
def test_order_and_spaces_are_kept(random_cell: Callable[[int, int], Panel], seed: int, blocks: int) -> None:
    layering = layer_boxes(read_links(random_cell(seed, blocks)))
    order = reduce_crossings(layering)
    heights = {vertex: 30.0 if vertex < layering.boxes else 0.0 for layer in order for vertex in layer}
    centres = place(layering, order, heights, 13.0)
    for layer in order:
        for upper, lower in pairwise(layer):
            assert centres[lower] - centres[upper] >= (heights[upper] + heights[lower]) / 2 + 13.0 - 1e-6
    assert min(centres[vertex] - heights[vertex] / 2 for vertex in centres) == pytest.approx(0.0)


def test_most_trunks_are_straight(random_cell: Callable[[int, int], Panel]) -> None:
    straight = []
    for seed in range(30):
        layering = layer_boxes(read_links(random_cell(seed, 5)))
        centres = place(layering, reduce_crossings(layering), dict.fromkeys(range(200), 20.0), 13.0)
        straight += [
            len({round(centres[v], 6) for v in trunk}) == 1 for trunk in layering.trunks if len(trunk) > 1
        ]
    assert sum(straight) / len(straight) > 0.7


def test_lines_climb_at_boxes_rather_than_between_waypoints(
    random_cell: Callable[[int, int], Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def climb() -> float:
        total = 0.0
        for seed in range(10):
            layering = layer_boxes(read_links(random_cell(seed, 8)))
            centres = place(layering, reduce_crossings(layering), dict.fromkeys(range(200), 20.0), 13.0)
            total += sum(
                abs(centres[a] - centres[b]) for trunk in layering.trunks for a, b in pairwise(trunk)
            )
        return total

    weighted = climb()
    monkeypatch.setattr(placing, "STRAIGHT", 1.0)
    assert weighted < 0.9 * climb()
