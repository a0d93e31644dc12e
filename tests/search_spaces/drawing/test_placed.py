"""Layouts turned."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from search_spaces.drawing.layout import lay_out
from search_spaces.drawing.placed import turned
from search_spaces.outline import Panel


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 5))
def test_turned_twice_is_as_it_was(random_cell: Callable[[int, int], Panel], seed: int, blocks: int) -> None:
    layout = lay_out(random_cell(seed, blocks))
    assert turned(turned(layout)) == layout


def test_what_was_to_the_right_is_below(example: Panel) -> None:
    layout = lay_out(example)
    below = turned(layout)
    assert (below.width, below.height, below.downwards) == (layout.height, layout.width, True)
    for box, moved in zip(layout.boxes, below.boxes, strict=True):
        assert moved.centre == (box.centre[1], box.centre[0])
        assert (moved.width, moved.height) == (box.height, box.width)
    assert below.routes[0].points[0] == layout.routes[0].points[0][::-1]
