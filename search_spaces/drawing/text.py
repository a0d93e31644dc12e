"""An outline for the terminal, in box-drawing characters without colour.

Every value is a lane that runs downwards. A dot takes from a lane, a crossing does not; an operation's result is added
up on the right and comes back as a lane of its own, the first that is free:

    previous
    │  current
    │  │
    ●──┼──────▶ sep_conv_3x3 ─╮
    │  ●──────▶ identity ─────┴▶ + block0 ─╮
    │  │  ╭────────────────────────────────╯
    ●──┼──┼───▶ max_pool_3x3 ─╮
       ●──┼───▶ conv_1x1 ─────┴▶ + block1 ─╮
    ╭─────┼────────────────────────────────╯
    ●─────●────────────────────▶ concatenate

What only takes the last value stands below it on the same lane, so that a chain is a column. In a comparison a label
begins with its sign, as [+] does, and half a dot takes from a lane in one of the two architectures only.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from textwrap import wrap

from search_spaces.drawing.links import Links, Statement, Term, read_links, short_name, statements
from search_spaces.drawing.rows import DOTS, Name, Row, Take, measure
from search_spaces.outline import Box, Mark, Outline, Panel


def draw_text(outline: Outline, width: int = 80) -> str:
    """Returns a drawing of at most `width` columns, labels shortened where need be; no newline at the end.

    It is wider only where the lanes alone need more. Raises `SpaceError` where arrows do not fit their boxes.
    """
    lines = [*_wrap(outline.title, width), *_wrap(outline.stack, width)]
    for mark, meaning in outline.legend:
        lines += _wrap(" ".join(filter(None, (f"[{mark}]", DOTS.get(mark), meaning))), width)
    for panel in outline.panels:
        rows = _Reader(panel).rows()
        page = measure(rows, width)
        lines += ["", *_wrap(panel.title, width), "", *(line for row in rows for line in row.render(page))]
    return "\n".join(line.rstrip() for line in lines)


class _Alive:
    """The lanes that somebody further down still takes from."""

    def __init__(self, uses: Counter[int]) -> None:
        self._uses = uses
        self._lane_of: dict[int, int] = {}

    @property
    def lanes(self) -> frozenset[int]:
        return frozenset(self._lane_of.values())

    @property
    def rightmost(self) -> int:
        """The lane to the right of all others: a label may stand on it."""
        return max(self.lanes, default=-1) + 1

    @property
    def free(self) -> int:
        """The first lane that is not taken: a line may lead to it."""
        return next(lane for lane in count() if lane not in self.lanes)

    def open(self, box: int, lane: int) -> int | None:
        """Gives a box a lane; None where nobody takes from it."""
        if not self._uses[box]:
            return None
        self._lane_of[box] = lane
        return lane

    def take(self, boxes: Iterable[int]) -> None:
        """Takes once from each box, and ends the lanes that nobody else takes from."""
        for box in boxes:
            self._uses[box] -= 1
            if not self._uses[box]:
                del self._lane_of[box]

    def lane(self, box: int) -> int:
        return self._lane_of[box]

    def can_hand_on(self, box: int) -> bool:
        """Whether the next to take from a box is the last, and its lane would be the rightmost then."""
        others = [lane for other, lane in self._lane_of.items() if other != box]
        return self._uses[box] == 1 and self._lane_of[box] == max(others, default=-1) + 1


class _Reader:
    """Turns a panel into rows, from top to bottom."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._links: Links = read_links(panel)
        self._statements = statements(panel, self._links)
        taken = (
            source for statement in self._statements for term in statement.terms for source in term.sources
        )
        self._alive = _Alive(Counter(taken))

    def rows(self) -> list[Row]:
        rows: list[Row] = []
        for statement in self._statements:
            if not statement.terms:
                rows.append(self._begin(statement.target))
            elif self._is_chain(statement):
                rows += self._hand_on(statement)
            else:
                # A name alone does not show that its lane goes on; a row of lanes below it does.
                rows += [Row(self._alive.lanes)] if isinstance(rows[-1], Name) else []
                rows += self._sum(statement)
        return rows

    def _begin(self, target: int) -> Name:
        passing, lane = self._alive.lanes, self._alive.rightmost
        is_used = self._alive.open(target, lane) is not None
        return Name(passing, self._label(target) + ("" if is_used else " (not used)"), lane)

    def _is_chain(self, statement: Statement) -> bool:
        (term, *more) = statement.terms
        (source, *others) = term.sources
        return (
            not more
            and not others
            and self._mark(source, statement.target) is Mark.SAME
            and self._alive.can_hand_on(source)
        )

    def _hand_on(self, statement: Statement) -> list[Row]:
        above = Row(self._alive.lanes)
        self._alive.take(statement.terms[0].sources)
        passing, lane = self._alive.lanes, self._alive.rightmost
        self._alive.open(statement.target, lane)
        return [above, Name(passing, self._label(statement.target), lane)]

    def _sum(self, statement: Statement) -> list[Take]:
        """Returns a row for every term, or one row for all where they come straight from their lanes."""
        straight = all(term.operation is None for term in statement.terms)
        groups = [statement.terms] if straight else [(term,) for term in statement.terms]
        corners = "╮" + "┤" * (len(groups) - 2) + "┴" if len(groups) > 1 else "─"
        rows = [
            self._take(group, statement.target, corner) for group, corner in zip(groups, corners, strict=True)
        ]
        remaining = self._alive.lanes
        label, opens = self._label(statement.target), self._alive.open(statement.target, self._alive.free)
        rows[-1] = replace(rows[-1], label=label, opens=opens, remaining=remaining)
        return rows

    def _take(self, terms: Iterable[Term], target: int, corner: str) -> Take:
        passing, operation = self._alive.lanes, ""
        taken: dict[int, Mark] = {}
        for term in terms:
            head = target if term.operation is None else term.operation
            operation = "" if term.operation is None else self._label(term.operation)
            taken |= {self._alive.lane(source): self._mark(source, head) for source in term.sources}
            self._alive.take(term.sources)
        return Take(passing, operation, taken=taken, corner=corner)

    def _mark(self, tail: int, head: int) -> Mark:
        return self._panel.mark((self._panel.boxes[tail].key, self._panel.boxes[head].key))

    def _label(self, index: int) -> str:
        return _label(self._panel.boxes[index])


def _label(box: Box) -> str:
    """Returns a box's label, for a join with its name; what a terminal might take for a command is replaced."""
    label = " ".join(dict.fromkeys((box.label, short_name(box))))
    sign = f"[{box.mark}] " if box.mark else ""
    return _printable(sign + ": ".join(filter(None, (label, box.note))))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _wrap(text: str, width: int) -> list[str]:
    return wrap(_printable(text), width)
