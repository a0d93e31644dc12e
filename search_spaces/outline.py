"""What a drawing shows of an architecture: a few small pictures of named boxes and arrows, without coordinates."""

from dataclasses import dataclass
from enum import StrEnum

Arrow = tuple[str, str]
"""From one box to another, by their keys."""


class Mark(StrEnum):
    """What the comparison of two pictures says of a box or an arrow; the value is the sign that shows it."""

    SAME = ""
    ONE = "−"
    """Only in the one picture."""
    OTHER = "+"
    """Only in the other picture."""
    CHANGED = "≠"
    """In both, with another label."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box. `role` is "input", "operation", "join" or "output" and decides how it looks; `key` names it.

    `note` stands below the label in small print: a shape, a cost.
    """

    key: str
    label: str
    role: str
    note: str = ""
    mark: Mark = Mark.SAME


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture, such as the normal cell: boxes in an order that no arrow goes against, arrows as pairs of keys.

    In the comparison of two pictures `one_only` and `other_only` are the arrows that the other one does not have.
    """

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    one_only: frozenset[Arrow] = frozenset()
    other_only: frozenset[Arrow] = frozenset()

    def mark(self, arrow: Arrow) -> Mark:
        """Returns what the comparison says of an arrow."""
        if arrow in self.one_only:
            return Mark.ONE
        return Mark.OTHER if arrow in self.other_only else Mark.SAME


@dataclass(frozen=True, slots=True)
class Outline:
    """All pictures of an architecture and one line that says how they are stacked into the network.

    `legend` explains the marks of a comparison, in the order given.
    """

    title: str
    stack: str
    panels: tuple[Panel, ...]
    legend: tuple[tuple[Mark, str], ...] = ()
