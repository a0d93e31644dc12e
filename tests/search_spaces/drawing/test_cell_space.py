"""Architectures of the cell space, drawn as they come."""

from random import Random
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from search_spaces.drawing.svg import draw_svg
from search_spaces.drawing.text import draw_text
from search_spaces.spaces.cell import CellSpace


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 6))
def test_every_operation_is_drawn(seed: int, blocks: int) -> None:
    space = CellSpace(blocks=blocks)
    outline = space.outline(space.random(Random(seed)))
    labels = [box.label for panel in outline.panels for box in panel.boxes]
    root = ElementTree.fromstring(draw_svg(outline))
    drawn = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert sorted(label for label in drawn if label in labels) == sorted(labels)
    words = draw_text(outline, 100).split()
    assert all(words.count(label) >= labels.count(label) for label in labels)


def test_the_default_cells_fit_a_terminal() -> None:
    space = CellSpace()
    for seed in range(50):
        text = draw_text(space.outline(space.random(Random(seed))), 80)
        assert max(map(len, text.splitlines())) <= 80
        assert "…" not in text
