"""Two outlines in one: nothing is lost, nothing is invented, and what differs is marked."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from search_spaces.drawing.difference import difference
from search_spaces.drawing.links import read_links
from search_spaces.drawing.svg import draw_svg
from search_spaces.drawing.text import draw_text
from search_spaces.outline import Box, Mark, Outline, Panel

SVG = "{http://www.w3.org/2000/svg}"


def of(*panels: Panel, title: str = "one") -> Outline:
    return Outline(title, "stack", panels)


def side(panel: Panel, mark: Mark) -> set[tuple[str, str]]:
    """Returns the arrows that one of the two has."""
    return {arrow for arrow in panel.arrows if panel.mark(arrow) in (Mark.SAME, mark)}


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 6))
def test_nothing_differs_from_itself(
    random_cell: Callable[[int, int], Panel], seed: int, blocks: int
) -> None:
    panel = random_cell(seed, blocks)
    compared = difference(of(panel), of(panel))
    assert compared.panels == (panel,)
    assert (compared.title, compared.stack) == ("one", "stack")


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 6), other_blocks=st.integers(1, 6))
def test_each_side_can_be_read_from_the_difference(
    random_cell: Callable[[int, int], Panel], seed: int, blocks: int, other_blocks: int
) -> None:
    one, other = random_cell(seed, blocks), random_cell(seed + 1, other_blocks)
    (panel,) = difference(of(one), of(other)).panels
    read_links(panel)  # boxes are in an order that no arrow goes against
    for mark, whole, position in ((Mark.ONE, one, 0), (Mark.OTHER, other, -1)):
        boxes = [box for box in panel.boxes if box.mark in (Mark.SAME, Mark.CHANGED, mark)]
        assert [box.key.removesuffix(f" ({mark})") for box in boxes] == [box.key for box in whole.boxes]
        assert [box.label.split(" → ")[position] for box in boxes] == [box.label for box in whole.boxes]
        keys = {
            tail.removesuffix(f" ({mark})") + head.removesuffix(f" ({mark})")
            for tail, head in side(panel, mark)
        }
        assert keys == {tail + head for tail, head in whole.arrows}


def test_a_changed_operation_says_from_what_to_what(example: Panel) -> None:
    boxes = tuple(
        replace(box, label="conv_5x5") if box.key == "block0.left" else box for box in example.boxes
    )
    (panel,) = difference(of(example), of(replace(example, boxes=boxes))).panels
    changed = [box for box in panel.boxes if box.mark]
    assert changed == [Box("block0.left", "sep_conv_3x3 → conv_5x5", "operation", mark=Mark.CHANGED)]
    assert not panel.one_only | panel.other_only


def test_notes_are_compared_item_by_item() -> None:
    def network(note: str) -> Outline:
        return of(Panel("p", (Box("a", "a", "operation", note),), ()))

    def note(one: str, other: str) -> str:
        return difference(network(one), network(other)).panels[0].boxes[0].note

    assert note("3x8x8, 10 parameters", "3x8x8, 20 parameters") == "3x8x8, 10 parameters → 20 parameters"
    assert note("3x8x8", "3x8x8, 20 parameters") == "3x8x8 → 3x8x8, 20 parameters"
    assert note("3x8x8", "") == "3x8x8 → nothing"


def test_boxes_in_another_order_stand_there_twice() -> None:
    def chain(*keys: str) -> Panel:
        return Panel("p", tuple(Box(key, key, "operation") for key in keys), tuple(pairwise(keys)))

    (panel,) = difference(of(chain("a", "b", "c")), of(chain("b", "a", "c"))).panels
    read_links(panel)
    assert [(box.label, box.mark) for box in panel.boxes] in (
        [("a", Mark.ONE), ("b", Mark.SAME), ("a", Mark.OTHER), ("c", Mark.SAME)],
        [("b", Mark.OTHER), ("a", Mark.SAME), ("b", Mark.ONE), ("c", Mark.SAME)],
    )
    assert len(side(panel, Mark.ONE)) == len(side(panel, Mark.OTHER)) == 2


def test_a_panel_of_one_only_is_marked_as_a_whole(example: Panel) -> None:
    compared = difference(of(example), of(example, replace(example, title="Reduction cell"), title="other"))
    assert [panel.title for panel in compared.panels] == ["Normal cell", "Reduction cell"]
    assert compared.title == "one → other"
    added = compared.panels[1]
    assert {box.mark for box in added.boxes} == {Mark.OTHER}
    assert added.other_only == frozenset(added.arrows)


def test_the_legend_is_in_both_drawings_and_needs_no_colour(
    example: Panel, random_cell: Callable[[int, int], Panel]
) -> None:
    compared = difference(of(example), of(random_cell(1, 3)))
    root = ElementTree.fromstring(draw_svg(compared))
    drawn = [element.text for element in root.iter(f"{SVG}text")]
    for mark, meaning in compared.legend:
        assert meaning in drawn
        assert mark.value in drawn
        assert any(
            line.startswith(f"[{mark}]") and line.endswith(meaning)
            for line in draw_text(compared).splitlines()
        )
    looks = {
        name: {
            (path.get("stroke-width"), path.get("stroke-dasharray"))
            for group in root.iter(f"{SVG}g")
            if name in (group.get("class") or "").split()
            for path in group.iter(f"{SVG}path")
        }
        for name in ("one", "other", "plain")
    }
    assert all(len(found) == 1 for found in looks.values())
    assert len(set.union(*looks.values())) == len(looks)
