"""Coordinates: nothing overlaps, and arrows run from box to box around all others, to the right and downwards."""

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.drawing.difference import difference
from search_spaces.drawing.font import text_width
from search_spaces.drawing.layout import JOIN_DIAMETER, LABEL_SIZE, NOTE_SIZE, WIDEST_ROW, lay_out
from search_spaces.drawing.placed import PanelLayout, PlacedBox, Point, Route, turned
from search_spaces.outline import Box, Outline, Panel

cells = given(seed=st.integers(0, 10_000), blocks=st.integers(1, 12))
RandomCell = Callable[[int, int], Panel]


def rightwards(layout: PanelLayout) -> PanelLayout:
    """Returns the layout turned to the right where it runs downwards."""
    return turned(layout) if layout.downwards else layout


def points_along(route: Route) -> Iterator[Point]:
    """Yields points on the line that the picture shows, to the right: straight and cubic pieces in turn."""
    for index, ((x0, y0), (x1, y1)) in enumerate(zip(route.points, route.points[1:], strict=False)):
        for step in range(21):
            t = step / 20
            across = t if index % 2 == 0 else 1.5 * t * (1 - t) ** 2 + 1.5 * t**2 * (1 - t) + t**3
            down = t if index % 2 == 0 else 3 * t**2 * (1 - t) + t**3
            yield x0 + (x1 - x0) * across, y0 + (y1 - y0) * down


def check(layout: PanelLayout) -> None:
    """Checks that nothing overlaps, nothing is cut off, and no arrow runs through a box."""
    for a, b in combinations(layout.boxes, 2):
        apart_across = a.x + a.width <= b.x or b.x + b.width <= a.x
        apart_down = a.y + a.height <= b.y or b.y + b.height <= a.y
        assert apart_across or apart_down
    for box in layout.boxes:
        assert text_width(box.box.label, LABEL_SIZE) < box.width
        assert text_width(box.box.note, NOTE_SIZE) < box.width
        assert -0.01 <= box.x <= box.x + box.width <= layout.width + 0.01
        assert -0.01 <= box.y <= box.y + box.height <= layout.height + 0.01
    frame = rightwards(layout)
    for route in frame.routes:
        for point in points_along(route):
            assert -0.01 <= point[0] <= frame.width + 0.01
            assert -0.01 <= point[1] <= frame.height + 0.01
            assert not any(is_inside(box, point) for box in frame.boxes)


def is_inside(box: PlacedBox, point: Point) -> bool:
    x, y = point
    if box.box.role == "join":
        return outside_core(box, point) < JOIN_DIAMETER / 2 - 0.01
    return box.x + 0.01 < x < box.x + box.width - 0.01 and box.y + 0.01 < y < box.y + box.height - 0.01


def outside_core(box: PlacedBox, point: Point) -> float:
    """Returns how far a point is from the part of a join that its round corners leave."""
    radius = JOIN_DIAMETER / 2
    across = max(0.0, abs(point[0] - box.centre[0]) - (box.width / 2 - radius))
    down = max(0.0, abs(point[1] - box.centre[1]) - (box.height / 2 - radius))
    return hypot(across, down)


def placed(layout: PanelLayout) -> dict[str, PlacedBox]:
    return {box.box.key: box for box in layout.boxes}


@cells
def test_nothing_overlaps_in_random_cells(random_cell: RandomCell, seed: int, blocks: int) -> None:
    check(lay_out(random_cell(seed, blocks)))


@pytest.mark.parametrize("blocks", [1, 5, 12])
def test_nothing_overlaps_in_wide_cells_with_long_names(
    wide_cell: Callable[[int], Panel], blocks: int
) -> None:
    check(lay_out(wide_cell(blocks)))


@pytest.mark.parametrize("inputs", [1, 2, 5, 12])
@pytest.mark.parametrize("label", ["+", "concat", "a long name for a join of many"])
def test_joins_are_wide_enough_for_words_and_many_arrows(label: str, inputs: int) -> None:
    boxes = [Box(str(number), "an operation", "operation") for number in range(inputs)]
    panel = Panel("p", (*boxes, Box("join", label, "join")), tuple((box.key, "join") for box in boxes))
    layout = lay_out(panel)
    check(layout)
    join = placed(layout)["join"]
    ends = [route.points[-1] for route in layout.routes]
    assert all(
        outside_core(join, end) == pytest.approx(JOIN_DIAMETER / 2) or end[0] == join.x for end in ends
    )
    assert all(after[1] - before[1] >= 6 for before, after in pairwise(sorted(ends, key=lambda end: end[1])))


@given(seed=st.integers(0, 10_000), blocks=st.integers(2, 8))
def test_nothing_overlaps_in_differences(random_cell: RandomCell, seed: int, blocks: int) -> None:
    panels = [Outline("", "", (random_cell(seed + other, blocks),)) for other in (0, 1)]
    check(lay_out(difference(*panels).panels[0]))


def test_notes_make_room_for_themselves() -> None:
    boxes = (Box("i", "i", "input", "a note that is much longer than its label"), Box("o", "o", "output"))
    layout = lay_out(Panel("p", boxes, (("i", "o"),)))
    check(layout)
    assert layout.boxes[0].height > layout.boxes[1].height


@cells
def test_what_is_wider_than_a_page_runs_downwards(random_cell: RandomCell, seed: int, blocks: int) -> None:
    layout = lay_out(random_cell(seed, blocks))
    assert layout.downwards or layout.width <= WIDEST_ROW
    for route in layout.routes:
        along = [point[1 if layout.downwards else 0] for point in route.points]
        assert along == pytest.approx(sorted(along))


def test_a_chain_is_a_row_until_it_is_too_long() -> None:
    def chain(length: int) -> PanelLayout:
        boxes = tuple(Box(str(number), "an operation", "operation") for number in range(length))
        return lay_out(Panel("chain", boxes, tuple(pairwise(box.key for box in boxes))))

    short, long = chain(5), chain(30)
    assert (short.downwards, long.downwards) == (False, True)
    assert len({box.centre[1] for box in short.boxes}) == 1
    assert len({box.centre[0] for box in long.boxes}) == 1


@cells
def test_arrows_run_from_box_to_box(random_cell: RandomCell, seed: int, blocks: int) -> None:
    panel = random_cell(seed, blocks)
    layout = rightwards(lay_out(panel))
    boxes = placed(layout)
    assert [(route.tail, route.head) for route in layout.routes] == list(panel.arrows)
    for route in layout.routes:
        tail, head = boxes[route.tail], boxes[route.head]
        assert route.points[0] == (tail.x + tail.width, tail.centre[1])
        end_x, end_y = route.points[-1]
        if head.box.role == "join":
            assert hypot(end_x - head.centre[0], end_y - head.centre[1]) == pytest.approx(head.width / 2)
        else:
            assert end_x == pytest.approx(head.x)
            assert head.y < end_y < head.y + head.height


@cells
def test_arrows_into_one_box_end_apart_and_untwisted(random_cell: RandomCell, seed: int, blocks: int) -> None:
    layout = rightwards(lay_out(random_cell(seed, blocks)))
    for a, b in combinations(layout.routes, 2):
        if a.head == b.head:
            coming, ending = a.points[-3][1] - b.points[-3][1], a.points[-1][1] - b.points[-1][1]
            assert abs(ending) >= 5
            assert coming * ending >= 0


def test_signals_run_from_left_to_right(example: Panel) -> None:
    boxes = placed(lay_out(example))
    columns = [boxes[key].centre[0] for key in ("previous", "block0.left", "block0", "output")]
    assert columns == sorted(columns)
    assert boxes["block0.left"].x == boxes["block1.right"].x


def test_arrows_leave_their_column_before_they_bend() -> None:
    roles = {
        "image": "input",
        "short": "operation",
        "a": "operation",
        "sum": "join",
        "b": "operation",
        "out": "output",
    }
    arrows = [
        ("image", "short"),
        ("image", "a"),
        ("short", "sum"),
        ("image", "sum"),
        ("a", "b"),
        ("b", "out"),
    ]
    boxes = tuple(Box(key, "+" if role == "join" else "a long label", role) for key, role in roles.items())
    layout = lay_out(Panel("mixed", boxes, (*arrows, ("sum", "out"))))
    found = placed(layout)
    assert found["b"].x < found["sum"].x < found["b"].x + found["b"].width
    (route,) = [route for route in layout.routes if route.tail == "sum"]
    assert route.points[1][0] == found["b"].x + found["b"].width


def test_an_empty_panel_takes_no_room() -> None:
    assert lay_out(Panel("nothing", (), ())) == PanelLayout("nothing", (), (), 0.0, 0.0)
