"""Arrows as indices, checked, and as sentences."""

import pytest

from search_spaces.drawing.links import Statement, Term, describe, read_links, statements
from search_spaces.errors import SpaceError
from search_spaces.outline import Box, Panel

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


def test_a_cell_is_described_as_sums(example: Panel) -> None:
    assert describe(example) == (
        "block0 = sep_conv_3x3(previous) + identity(current); "
        "block1 = max_pool_3x3(previous) + conv_1x1(current); concatenate takes block0, block1"
    )


def test_a_chain_is_one_statement_unless_it_is_cut() -> None:
    links = read_links(CHAIN)
    assert statements(CHAIN, links)[1:] == [Statement(3, (Term(0, (1, 2)),))]
    cut = [Statement(2, (Term(0, (1,)),)), Statement(3, (Term(2, ()),))]
    assert statements(CHAIN, links, longest=1)[1:] == cut
    assert describe(CHAIN) == "out takes stage(stem(image))"


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
