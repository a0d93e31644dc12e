"""An outline for the terminal, in box-drawing characters without colour.

Every value is a lane that runs downwards. A dot takes from a lane, a crossing does not; an operation's result is added
up on the right and comes back as a new lane:

    previous
    │  current
    │  │
    ●──┼─────────▶ sep_conv_3x3 ─╮
    │  ●─────────▶ identity ─────┴▶ + block0 ─╮
    │  │  ╭───────────────────────────────────╯
    ●──┼──┼──────▶ max_pool_3x3 ─╮
       ●──┼──────▶ conv_1x1 ─────┴▶ + block1 ─╮
          │  ╭────────────────────────────────╯
          ●──●────────────────────▶ concatenate
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from textwrap import wrap

from search_spaces.drawing.links import Statement, read_links, short_name, statements
from search_spaces.outline import Box, Outline, Panel

PITCH = 3
"""Columns from one lane to the next."""
FIXED = len("─▶ " + " ─" + "┴▶ " + " ─╮")
"""Columns of a row that neither lanes nor labels take."""


def draw_text(outline: Outline, width: int = 80) -> str:
    """Returns a drawing of at most `width` columns, labels shortened where need be; no newline at the end.

    It is wider only where the lanes alone need more. Raises `SpaceError` where arrows do not fit their boxes.
    """
    lines = [*_wrap(outline.title, width), *_wrap(outline.stack, width)]
    for panel in outline.panels:
        rows = _read_rows(panel)
        page = _measure(rows, width)
        lines += ["", *_wrap(panel.title, width), "", *(line for row in rows for line in row.render(page))]
    return "\n".join(line.rstrip() for line in lines)


@dataclass(frozen=True, slots=True)
class _Page:
    """How a panel shares out its `width`: `lanes` from the left, then operations and labels of so many columns."""

    width: int
    lanes: int
    operation: int
    label: int


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the drawing. `passing` are the lanes alive on it, those that it takes from included."""

    passing: frozenset[int]
    operation: str = ""
    label: str = ""

    def render(self, page: _Page) -> list[str]:
        return [_lanes(self.passing, {}, page.lanes)]


@dataclass(frozen=True, slots=True)
class _Start(_Row):
    """A lane begins below its label; `lane` is None where nobody takes from it."""

    lane: int | None = None

    def render(self, page: _Page) -> list[str]:
        column = len(self.passing) if self.lane is None else self.lane
        note = " (not used)" if self.lane is None else ""
        return [_lanes(self.passing, {}, column) + _shorten(self.label + note, page.width - PITCH * column)]


@dataclass(frozen=True, slots=True)
class _Take(_Row):
    """An operation, or nothing, on what is taken from lanes; `corner` joins it to the rows above and below.

    The last row of a sum has its `label`, and, where the result is used, `opens` the lane that it comes back on;
    `remaining` are the lanes still alive then.
    """

    taken: frozenset[int] = frozenset()
    corner: str = "─"
    opens: int | None = None
    remaining: frozenset[int] = frozenset()

    def render(self, page: _Page) -> list[str]:
        taking = _lanes(self.passing, dict.fromkeys(self.taken, "●"), page.lanes)
        operation = f"─▶ {_shorten(self.operation, page.operation)} " if self.operation else ""
        line = taking + operation.ljust(page.operation + 4, "─") + "─" + self.corner
        if self.label:
            line += f"▶ {_shorten(self.label, page.label)}"
        if self.opens is None:
            return [line]
        line += " ─╮"
        back = _lanes(self.remaining, {self.opens: "╭"}, page.lanes)
        return [line, back.ljust(len(line) - 1, "─") + "╯"]


class _Alive:
    """The lanes that somebody further down still takes from."""

    def __init__(self, uses: Counter[int]) -> None:
        self._uses = uses
        self._lane_of: dict[int, int] = {}

    @property
    def lanes(self) -> frozenset[int]:
        return frozenset(self._lane_of.values())

    def open(self, box: int) -> int | None:
        """Gives a box the lane to the right of all others; None where nobody takes from it."""
        if not self._uses[box]:
            return None
        self._lane_of[box] = max(self.lanes, default=-1) + 1
        return self._lane_of[box]

    def take(self, boxes: Iterable[int]) -> frozenset[int]:
        """Takes once from each box, and ends the lanes that nobody else takes from."""
        taken = set()
        for box in boxes:
            taken.add(self._lane_of[box])
            self._uses[box] -= 1
            if not self._uses[box]:
                del self._lane_of[box]
        return frozenset(taken)


def _read_rows(panel: Panel) -> list[_Row]:
    links = read_links(panel)
    found = statements(panel, links, longest=1)
    alive = _Alive(Counter(term.source for statement in found for term in statement.terms))
    rows: list[_Row] = []
    for statement in found:
        passing, label = alive.lanes, _label(panel.boxes[statement.target])
        if not statement.terms:
            rows.append(_Start(passing, label=label, lane=alive.open(statement.target)))
            continue
        if isinstance(rows[-1], _Start):
            rows.append(_Row(passing))
        rows += _sum(statement, panel.boxes, alive)
    return rows


def _sum(statement: Statement, boxes: Sequence[Box], alive: _Alive) -> list[_Take]:
    """Returns a row for every term, or one row for all where they come straight from their lanes."""
    straight = not any(term.operations for term in statement.terms)
    groups = [statement.terms] if straight else [(term,) for term in statement.terms]
    corners = "╮" + "┤" * (len(groups) - 2) + "┴" if len(groups) > 1 else "─"
    rows: list[_Take] = []
    for group, corner in zip(groups, corners, strict=True):
        passing = alive.lanes
        taken = alive.take(term.source for term in group)
        operation = " ".join(_label(boxes[i]) for term in group for i in term.operations)
        rows.append(_Take(passing, operation, taken=taken, corner=corner))
    remaining = alive.lanes
    label, opens = _label(boxes[statement.target]), alive.open(statement.target)
    rows[-1] = replace(rows[-1], label=label, opens=opens, remaining=remaining)
    return rows


def _measure(rows: Sequence[_Row], width: int) -> _Page:
    """Returns the page: as wide as lanes and labels need, the longer labels shortened to stay within `width`."""
    takes = [row for row in rows if isinstance(row, _Take)]
    lanes = max((lane + 1 for row in takes for lane in row.passing), default=0)
    operation = max((len(row.operation) for row in takes), default=0)
    label = max((len(row.label) for row in takes), default=0)
    free = max(2, width - PITCH * lanes - FIXED)
    if operation + label > free:
        operation = min(operation, max(free - label, free // 2))
        label = free - operation
    return _Page(width, lanes, operation, label)


def _lanes(passing: Set[int], marks: Mapping[int, str], columns: int) -> str:
    """Returns the lanes of one row; from the first mark on a line runs to the right, across the lanes without marks."""
    first = min(marks, default=columns)
    text = ""
    for lane in range(columns):
        empty, alive = ("─", "┼") if lane > first else (" ", "│")
        text += marks.get(lane, alive if lane in passing else empty)
        text += ("─" if lane >= first else " ") * (PITCH - 1)
    return text


def _label(box: Box) -> str:
    """Returns a box's label, for a join with its name; what a terminal might take for a command is replaced."""
    label = f"{box.label} {short_name(box)}" if box.role == "join" else box.label
    return _printable(label)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _shorten(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def _wrap(text: str, width: int) -> list[str]:
    return wrap(_printable(text), width)
