"""Rows: lanes keep their columns, and labels give way."""

import pytest

from search_spaces.drawing.rows import FIXED, PITCH, Name, Page, Row, Take, measure, shorten
from search_spaces.outline import Mark

PAGE = Page(width=40, lanes=3, operation=0, label=12)
ALL = frozenset({0, 1, 2})


def test_lanes_stand_in_their_columns() -> None:
    assert Row(frozenset({0, 2})).render(PAGE) == ["│     │  "]


def test_a_name_stands_on_its_lane() -> None:
    assert Name(frozenset({0}), "a label", 1).render(PAGE) == ["│  a label"]
    assert Name(frozenset({0}), "a label of more than one page", 4).render(Page(20, 5, 0, 0)) == [
        "│           a label…"
    ]


def test_a_dot_takes_and_a_crossing_does_not() -> None:
    (row,) = Take(ALL, label="sum", taken={0: Mark.SAME, 2: Mark.SAME}).render(PAGE)
    assert row == "●──┼──●────▶ sum"


def test_half_dots_take_in_one_of_two() -> None:
    (row,) = Take(ALL, label="sum", taken={0: Mark.ONE, 1: Mark.OTHER}).render(PAGE)
    assert row == "◐──◑──┼────▶ sum"


def test_a_result_comes_back_on_its_lane() -> None:
    taken = Take(ALL, label="sum", taken={1: Mark.SAME}, opens=1, remaining=frozenset({0, 2}))
    line, back = taken.render(PAGE)
    assert line == "│  ●──┼────▶ sum ─╮"
    assert back == "│  ╭──┼───────────╯"


@pytest.mark.parametrize("width", [30, 50, 80])
def test_a_page_has_room_for_what_it_measured(width: int) -> None:
    rows = [Take(ALL, operation="o" * 20, label="l" * 30, taken={0: Mark.SAME}, opens=0, remaining=ALL)]
    page = measure(rows, width)
    assert page.lanes == len(ALL)
    assert page.operation + page.label == min(50, width - PITCH * page.lanes - FIXED)
    assert all(len(line) <= width for line in rows[0].render(page))


def test_the_label_is_the_last_to_give_way() -> None:
    rows = [Take(ALL, operation="o" * 20, label="l" * 10, taken={0: Mark.SAME})]
    assert measure(rows, PITCH * len(ALL) + FIXED + 25) == Page(PITCH * len(ALL) + FIXED + 25, 3, 15, 10)


def test_shortened_text_ends_with_an_ellipsis() -> None:
    assert [shorten("abcdef", width) for width in (6, 5, 1, 0)] == ["abcdef", "abcd…", "…", "…"]
