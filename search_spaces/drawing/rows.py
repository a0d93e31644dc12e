"""The rows of a drawing for the terminal: lanes on the left, what is done with them on the right."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from search_spaces.outline import Mark

PITCH = 3
"""Columns from one lane to the next."""
FIXED = len("─▶ " + " ─" + "┴▶ " + " ─╮")
"""Columns of a row that neither lanes nor labels take."""
DOTS = {Mark.SAME: "●", Mark.ONE: "◐", Mark.OTHER: "◑"}
"""How it is shown that a value is taken, in a comparison only by the one or only by the other."""


@dataclass(frozen=True, slots=True)
class Page:
    """How a panel shares out its `width`: `lanes` from the left, then operations and labels of so many columns."""

    width: int
    lanes: int
    operation: int
    label: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the drawing. `passing` are the lanes alive on it, those that it takes from included."""

    passing: frozenset[int]

    def render(self, page: Page) -> list[str]:
        """Returns the lines of the row."""
        return [_lanes(self.passing, {}, page.lanes)]


@dataclass(frozen=True, slots=True)
class Name(Row):
    """A label stands on a lane: the lane begins below it, or the value that came down becomes that of the label."""

    label: str
    lane: int

    def render(self, page: Page) -> list[str]:
        """Returns the label behind the lanes to its left."""
        return [_lanes(self.passing, {}, self.lane) + shorten(self.label, page.width - PITCH * self.lane)]


@dataclass(frozen=True, slots=True)
class Take(Row):
    """An operation, or nothing, on what is taken from lanes; `corner` joins it to the rows above and below.

    The last row of a sum has its `label`, and, where the result is used, `opens` the lane that it comes back on;
    `remaining` are the lanes still alive then.
    """

    operation: str = ""
    label: str = ""
    taken: Mapping[int, Mark] = field(default_factory=dict)
    corner: str = "─"
    opens: int | None = None
    remaining: frozenset[int] = frozenset()

    def render(self, page: Page) -> list[str]:
        """Returns the row and, where the result is used, the row on which it comes back."""
        taking = _lanes(self.passing, {lane: DOTS[mark] for lane, mark in self.taken.items()}, page.lanes)
        operation = f"─▶ {shorten(self.operation, page.operation)} " if self.operation else ""
        room = page.operation + 4 if page.operation else 0
        line = taking + operation.ljust(room, "─") + "─" + self.corner
        if self.label:
            line += f"▶ {shorten(self.label, page.label)}"
        if self.opens is None:
            return [line]
        line += " ─╮"
        back = _lanes(self.remaining, {self.opens: "╭"}, page.lanes)
        return [line, back.ljust(len(line) - 1, "─") + "╯"]


def measure(rows: Sequence[Row], width: int) -> Page:
    """Returns the page: as wide as lanes and labels need, the longer labels shortened to stay within `width`."""
    takes = [row for row in rows if isinstance(row, Take)]
    lanes = max((lane + 1 for row in rows for lane in row.passing), default=0)
    operation = max((len(row.operation) for row in takes), default=0)
    label = max((len(row.label) for row in takes), default=0)
    free = max(2, width - PITCH * lanes - FIXED)
    if operation + label > free:
        operation = min(operation, max(free - label, free // 2))
        label = free - operation
    return Page(width, lanes, operation, label)


def shorten(text: str, width: int) -> str:
    """Returns `text`, cut and ended with an ellipsis where it has more than `width` characters."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def _lanes(passing: Set[int], marks: Mapping[int, str], columns: int) -> str:
    """Returns the lanes of one row; from the first mark on a line runs to the right, across the lanes without marks."""
    first = min(marks, default=columns)
    text = ""
    for lane in range(columns):
        empty, alive = ("─", "┼") if lane > first else (" ", "│")
        text += marks.get(lane, alive if lane in passing else empty)
        text += ("─" if lane >= first else " ") * (PITCH - 1)
    return text
