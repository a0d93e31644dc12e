"""Runs of equal parts."""

from collections.abc import Sequence

import pytest

from search_spaces.drawing.folding import READABLE, part_sources, run_name, runs
from search_spaces.drawing.grouping import parts
from search_spaces.graph import IMAGE, Graph, GraphBuilder, Value


def stacked(widths: Sequence[int], *, looks_back: int = 1, side_exit: int | None = None) -> Graph:
    """Returns convolutions of these widths, each a part of its own, that take the sum of the last `looks_back` values.

    The value of the part `side_exit` is added to the output too.
    """
    g = GraphBuilder((widths[0], 8, 8))
    values: list[Value] = [g.image] * looks_back
    for number, width in enumerate(widths):
        with g.scope(f"part{number}"):
            x = values[-1]
            for other in values[-looks_back:-1]:
                x = g.add(x, other)
            values.append(g.conv(x, width, kernel=3))
    x = values[-1]
    if side_exit is None:
        return g.finish(x)
    with g.scope("sum"):
        return g.finish(g.add(x, values[looks_back + side_exit]))


def lengths(graph: Graph) -> list[int]:
    groups = parts(graph)
    return [len(run) for run in runs(graph, groups, part_sources(graph, groups))]


def test_equal_parts_in_a_row_are_one_run() -> None:
    assert lengths(stacked([8] * 5)) == [5]
    assert lengths(stacked([8, 8, 16, 16, 16])) == [2, 1, 2]  # the first of width 16 has 8 channels coming in


def test_cells_that_take_the_last_two_values_are_a_run_from_the_second_on() -> None:
    graph = stacked([8] * 6, looks_back=2)
    assert part_sources(graph, parts(graph)) == ((IMAGE,), (IMAGE, 0), (0, 1), (1, 2), (2, 3), (3, 4))
    assert lengths(graph) == [1, 5]  # before the second one stand the picture and the first


def test_a_part_that_something_else_takes_from_ends_its_run() -> None:
    assert lengths(stacked([8] * 5, side_exit=2)) == [3, 2, 1]


def test_equal_parts_beside_each_other_are_no_run() -> None:
    g = GraphBuilder((8, 8, 8))
    values = []
    for number in range(3):
        with g.scope(f"branch{number}"):
            values.append(g.conv(g.image, 8, kernel=3))
    with g.scope("join"):
        assert lengths(g.finish(g.concat(values))) == [1, 1, 1, 1]


def growing(layers: int) -> Graph:
    """Returns a chain of dense layers, each of which adds eight channels."""
    g = GraphBuilder((8, 8, 8))
    x = g.image
    for number in range(layers):
        with g.scope(f"conv{number}"):
            y = g.conv(x, 8, kernel=3)
        x = g.concat([x, y])
    return g.finish(x)


def test_parts_that_grow_are_one_run_where_there_would_be_too_many() -> None:
    assert lengths(growing(READABLE)) == [1] * READABLE
    assert lengths(growing(READABLE + 1)) == [READABLE + 1]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["stem"], "stem"),
        (["cell2", "cell3"], "2 x cell2…3"),
        (["cell9", "cell10", "cell11"], "3 x cell9…11"),
        (["cell10", "cell11"], "2 x cell10…11"),
        (["stage2_block1", "stage2_block2"], "2 x stage2_block1…2"),
        (["a", "b"], "2 x a…b"),
    ],
)
def test_a_run_is_called_after_its_first_and_last_part(names: list[str], expected: str) -> None:
    assert run_name(names) == expected
