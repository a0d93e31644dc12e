"""Arrows as indices, checked, and as sentences."""

import pytest

from search_spaces.drawing.links import Statement, Term, read_links, statements
from search_spaces.errors import SpaceError
from search_spaces.outline import Box, Mark, Panel

CHAIN = Panel(
    "Network",
    (
        Box("i", "image", "input"),
        Box("a", "stem", "operation"),
        Box("b", "stage", "operation"),
        Box("o", "out", "output"),
    ),
    (("i", "a"), ("a", "b"), ("b", "o")),
)


def test_neighbours_follow_the_arrows(example: Panel) -> None:
    links = read_links(example)
    keys = [box.key for box in example.boxes]
    assert [keys[box] for box in links.before[keys.index("block1")]] == ["block1.left", "block1.right"]
    assert [keys[box] for box in links.after[keys.index("previous")]] == ["block0.left", "block1.left"]
    assert len(links.arrows) == len(example.arrows)


def test_an_operation_that_feeds_a_sum_is_part_of_it(example: Panel) -> None:
    found = statements(example, read_links(example))
    keys = [box.key for box in example.boxes]
    assert [keys[statement.target] for statement in found] == [
        "previous",
        "current",
        "block0",
        "block1",
        "output",
    ]
    block0 = keys.index("block0")
    assert found[2].terms == (Term((0,), block0 - 2), Term((1,), block0 - 1))


def test_a_chain_is_one_statement_a_box() -> None:
    assert statements(CHAIN, read_links(CHAIN)) == [
        Statement(0, ()),
        *(Statement(box, (Term((box - 1,)),)) for box in (1, 2, 3)),
    ]


def branches(note: str = "", one_only: tuple[tuple[str, str], ...] = ()) -> Panel:
    """Returns the sum of an input and an operation on it."""
    boxes = (Box("i", "i", "input"), Box("a", "a", "operation", note), Box("s", "+", "join"))
    return Panel("p", boxes, (("i", "a"), ("i", "s"), ("a", "s")), frozenset(one_only))


def test_an_operation_with_a_note_or_an_arrow_that_differs_stands_alone() -> None:
    assert [statement.target for statement in statements(branches(), read_links(branches()))] == [0, 2]
    for panel in (branches(note="16x32x32"), branches(one_only=(("a", "s"),))):
        assert [statement.target for statement in statements(panel, read_links(panel))] == [0, 1, 2]


def test_arrows_have_the_marks_of_the_panel() -> None:
    assert read_links(branches(one_only=(("i", "s"),))).marks == (Mark.SAME, Mark.ONE, Mark.SAME)


@pytest.mark.parametrize(
    ("boxes", "arrows", "message"),
    [
        (
            [("a", "input"), ("b", "output")],
            [("b", "a")],
            "panel 'p', arrow 'b' to 'a': expected boxes in an order",
        ),
        (
            [("a", "input"), ("b", "output")],
            [("a", "c")],
            "expected arrows between its boxes, got one at 'c'",
        ),
        ([("a", "input"), ("a", "output")], [], "expected a key of its own for every box, got 'a' twice"),
        (
            [("a", "entrance")],
            [],
            "box 'a': expected a role of input, operation, join, output, got 'entrance'",
        ),
    ],
)
def test_panels_that_do_not_fit_together(
    boxes: list[tuple[str, str]], arrows: list[tuple[str, str]], message: str
) -> None:
    panel = Panel("p", tuple(Box(key, key, role) for key, role in boxes), tuple(arrows))
    with pytest.raises(SpaceError, match=message):
        read_links(panel)
