"""Crossings: counted and reduced."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.drawing.layering import Layering, layer_boxes
from search_spaces.drawing.links import read_links
from search_spaces.drawing.ordering import count_crossings, reduce_crossings
from search_spaces.outline import Panel


@pytest.mark.parametrize(
    ("segments", "crossings"),
    [
        ([(0, 2), (1, 3)], 0),
        ([(0, 3), (1, 2)], 1),
        ([(0, 2), (0, 3), (1, 2), (1, 3)], 1),
        ([(0, 2), (1, 2)], 0),
    ],
)
def test_crossings_are_counted(segments: list[tuple[int, int]], crossings: int) -> None:
    assert count_crossings([[0, 1], [2, 3]], segments) == crossings


def test_a_twisted_ladder_is_untwisted() -> None:
    layers = ((0, 1, 2), (3, 4, 5), (6, 7, 8))
    segments = ((0, 5), (1, 4), (2, 3), (3, 6), (4, 7), (5, 8))
    order = reduce_crossings(Layering(9, layers, segments, (), ()))
    assert count_crossings([list(layer) for layer in layers], segments) == 3
    assert count_crossings(order, segments) == 0


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 7))
def test_layers_keep_their_vertices_and_never_cross_more(
    random_cell: Callable[[int, int], Panel], seed: int, blocks: int
) -> None:
    layering = layer_boxes(read_links(random_cell(seed, blocks)))
    order = reduce_crossings(layering)
    assert [sorted(layer) for layer in order] == [sorted(layer) for layer in layering.layers]
    before = count_crossings([list(layer) for layer in layering.layers], layering.segments)
    assert count_crossings(order, layering.segments) <= before
    assert reduce_crossings(layering) == order


def test_few_crossings_remain_in_typical_cells(random_cell: Callable[[int, int], Panel]) -> None:
    layerings = [layer_boxes(read_links(random_cell(seed, 5))) for seed in range(40)]
    total = sum(count_crossings(reduce_crossings(layering), layering.segments) for layering in layerings)
    # 1.0 a cell; 2.1 with a single start, 7.8 without any sweep.
    assert total / len(layerings) < 1.2
