"""Terminal drawings: the wiring can be read back from them, and they stay within their width."""

import re
from collections.abc import Callable
from dataclasses import replace
from inspect import cleandoc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.drawing import text as module
from search_spaces.drawing.difference import difference
from search_spaces.drawing.rows import PITCH
from search_spaces.drawing.text import draw_text
from search_spaces.outline import Box, Outline, Panel

OPERATION = re.compile("─▶ (\\w+) ─+[╮┴]")
END = re.compile("▶ (?:\\+ )?(block\\d+(?= ─╮$)|concatenate$)")


def drawing(panel: Panel, width: int = 80) -> list[str]:
    """Returns the lines of the panel alone."""
    return draw_text(Outline("title", "stack", (panel,)), width).splitlines()[5:]


def read_back(lines: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Returns target -> (operation or "", source) as one sees them who reads the drawing of a cell line by line."""
    lanes: dict[int, str] = {}
    found: dict[str, list[tuple[str, str]]] = {}
    terms: list[tuple[str, str]] = []
    target = ""
    for line in lines:
        if "╭" in line:
            assert line.endswith("╯")
            lanes[line.index("╭")] = target
        elif "●" in line:
            operation = OPERATION.search(line)
            taken = [lanes[column] for column, character in enumerate(line) if character == "●"]
            terms += [(operation[1] if operation else "", source) for source in taken]
            if end := END.search(line):
                target = end[1]
                found[target], terms = terms, []
        elif name := line.strip(" │"):
            if (lane := line.index(name)) in lanes:  # what comes down the lane is all that this one takes
                found[name] = [("", lanes[lane])]
            if not name.endswith(" (not used)"):
                lanes[lane] = name
    return found


def wiring(panel: Panel) -> dict[str, list[tuple[str, str]]]:
    """Returns what `read_back` should find in the drawing of a cell."""
    labels = {box.key: box.label for box in panel.boxes}
    into: dict[str, list[str]] = {}
    for tail, head in panel.arrows:
        into.setdefault(head, []).append(tail)
    sums = {key: tails for key, tails in into.items() if labels[key] in ("+", "concatenate")}
    return {
        "concatenate" if key == "output" else key: sorted(
            (labels[tail], into[tail][0]) if "." in tail else ("", tail) for tail in tails
        )
        for key, tails in sums.items()
    }


def test_the_example_of_the_documentation_is_a_drawing(example: Panel) -> None:
    assert "\n".join(("    " + line).rstrip() for line in drawing(example)) in cleandoc(module.__doc__ or "")


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 12))
def test_the_wiring_can_be_read_back(
    random_cell: Callable[[int, int], Panel], seed: int, blocks: int
) -> None:
    panel = random_cell(seed, blocks)
    found = read_back(drawing(panel, width=120))
    assert {target: sorted(terms) for target, terms in found.items()} == wiring(panel)


@given(seed=st.integers(0, 10_000), blocks=st.integers(1, 7), width=st.integers(45, 120))
def test_no_line_is_wider_than_asked(
    random_cell: Callable[[int, int], Panel], seed: int, blocks: int, width: int
) -> None:
    outline = Outline("a title of several words " * 5, "stem → " * 40, (random_cell(seed, blocks),))
    assert max(map(len, draw_text(outline, width).splitlines())) <= width


def test_labels_give_way_before_the_wiring_does(random_cell: Callable[[int, int], Panel]) -> None:
    wide, narrow = drawing(random_cell(4, 7), 100), drawing(random_cell(4, 7), 50)
    lanes = [line[: 5 * PITCH] for line in wide]
    assert [line[: 5 * PITCH] for line in narrow] == lanes
    assert "…" in "".join(narrow)
    assert "…" not in "".join(wide)


def test_a_chain_is_a_column() -> None:
    names = ("image", "stem", "stage 1", "stage 2", "head")
    roles = ("input", "operation", "operation", "operation", "output")
    boxes = tuple(Box(name, name, role) for name, role in zip(names, roles, strict=True))
    panel = Panel("Network", boxes, tuple(pairwise(names)))
    assert drawing(panel) == ["image", "│", "stem", "│", "stage 1", "│", "stage 2", "│", "head"]


def test_a_chain_beside_another_lane_stays_on_its_own(residual: Panel) -> None:
    assert drawing(residual) == [
        "image: 3x8x8",
        "│",
        "●───────▶ conv: 8x8x8 ─╮",
        "│  ╭───────────────────╯",
        "│  │",
        "│  BN: 8x8x8",
        "│  │",
        "●──●────▶ + sum ─╮",
        "╭────────────────╯",
        "│",
        "out",
    ]


def test_a_value_to_the_left_of_another_lane_comes_back_on_the_first_free_one() -> None:
    boxes = (
        Box("a", "a", "input"),
        Box("b", "b", "input"),
        Box("c", "c", "operation", "3x8x8"),
        Box("d", "+", "join"),
    )
    assert drawing(Panel("p", boxes, (("a", "c"), ("b", "d"), ("c", "d")))) == [
        "a",
        "│  b",
        "│  │",
        "●──┼────▶ c: 3x8x8 ─╮",
        "╭──┼────────────────╯",
        "●──●────▶ + d",
    ]


def test_a_comparison_marks_labels_and_dots(residual: Panel) -> None:
    boxes = tuple(
        replace(box, label="norm" if box.key == "norm" else box.label)
        for box in residual.boxes
        if box.key != "out"
    )
    arrows = tuple(arrow for arrow in residual.arrows if "out" not in arrow and arrow != ("image", "sum"))
    other = Panel("Network", boxes, (*arrows, ("conv", "sum")))
    compared = difference(Outline("a", "", (residual,)), Outline("b", "", (other,)))
    lines = draw_text(compared).splitlines()
    assert lines[:4] == ["a → b", "[−] ◐ only in the first", "[+] ◑ only in the second", "[≠] changed"]
    assert lines[7:] == [
        "image: 3x8x8",
        "│",
        "●──────────▶ conv: 8x8x8 ─╮",
        "│  ╭──────────────────────╯",
        "│  ●───────▶ [≠] BN → norm: 8x8x8 ─╮",
        "│  │  ╭────────────────────────────╯",
        "◐──◑──●────▶ + sum ─╮",
        "╭───────────────────╯",
        "◐──────────▶ [−] out",
    ]


@pytest.fixture
def residual() -> Panel:
    """Returns a chain with a shortcut."""
    boxes = (
        Box("image", "image", "input", "3x8x8"),
        Box("conv", "conv", "operation", "8x8x8"),
        Box("norm", "BN", "operation", "8x8x8"),
        Box("sum", "+", "join"),
        Box("out", "out", "output"),
    )
    arrows = (("image", "conv"), ("conv", "norm"), ("image", "sum"), ("norm", "sum"), ("sum", "out"))
    return Panel("Network", boxes, arrows)


def test_an_input_that_nobody_takes_is_named_as_such(random_cell: Callable[[int, int], Panel]) -> None:
    boxes = (Box("p", "previous", "input"), Box("c", "current", "input"), Box("o", "out", "output"))
    lines = drawing(Panel("cell", boxes, (("c", "o"),)))
    assert lines[:3] == ["previous (not used)", "current", "│"]


def test_control_characters_do_not_reach_the_terminal() -> None:
    panel = Panel("a\x1b[2Jb", (Box("i", "x\x07y", "input"), Box("o", "\x9b31m", "output")), (("i", "o"),))
    text = draw_text(Outline("\x1b]0;title\x07", "s", (panel,)))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "x\ufffdy" in text


@pytest.mark.parametrize("width", [1, 10, 20])
def test_lanes_are_drawn_however_narrow_the_terminal_is(example: Panel, width: int) -> None:
    assert sum("●" in line for line in drawing(example, width)) == 5
