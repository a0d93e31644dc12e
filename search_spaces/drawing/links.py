"""The arrows of a panel as indices of its boxes, checked; and the same as sentences of who adds up what."""

from collections.abc import Mapping
from dataclasses import dataclass

from search_spaces.errors import SpaceError
from search_spaces.outline import Box, Mark, Panel

ROLES = ("input", "operation", "join", "output")


@dataclass(frozen=True, slots=True)
class Links:
    """Arrows as pairs of box indices, in the panel's order, with their marks, and each box's neighbours by them."""

    arrows: tuple[tuple[int, int], ...]
    marks: tuple[Mark, ...]
    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]


def read_links(panel: Panel) -> Links:
    """Returns the links of a panel; raises `SpaceError` for unknown roles and for arrows that go nowhere or back."""
    index = _index(panel)
    arrows = tuple((_find(panel, index, tail), _find(panel, index, head)) for tail, head in panel.arrows)
    for tail, head in arrows:
        if tail >= head:
            raise SpaceError(
                f"panel {panel.title!r}, arrow {panel.boxes[tail].key!r} to {panel.boxes[head].key!r}: "
                "expected boxes in an order that no arrow goes against; list the first box earlier"
            )
    boxes = range(len(panel.boxes))
    before = tuple(tuple(tail for tail, head in arrows if head == box) for box in boxes)
    after = tuple(tuple(head for tail, head in arrows if tail == box) for box in boxes)
    return Links(arrows, tuple(map(panel.mark, panel.arrows)), before, after)


@dataclass(frozen=True, slots=True)
class Term:
    """One of the values that flow into a box: where it comes from, and the operation it passes on the way, if any."""

    sources: tuple[int, ...]
    operation: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """`target` is made of `terms`. Operations that are part of a term have no statement of their own."""

    target: int
    terms: tuple[Term, ...]


def statements(panel: Panel, links: Links) -> list[Statement]:
    """Returns how every box that is not within a term comes about; a box without inputs has no terms.

    An operation is within a term where it has no note and one user, which has other inputs too; not so in a comparison
    where the arrow between them differs and the operation does not.
    """
    inline = _inline(panel, links)

    def term(tail: int) -> Term:
        return Term(links.before[tail], tail) if tail in inline else Term((tail,))

    return [
        Statement(box, tuple(term(tail) for tail in links.before[box]))
        for box in range(len(panel.boxes))
        if box not in inline
    ]


def short_name(box: Box) -> str:
    """Returns what a box is called where others speak of it: its label, or for a join, such as "+", its key."""
    return box.key.rpartition(".")[2] if box.role == "join" else box.label


def _inline(panel: Panel, links: Links) -> set[int]:
    inline: set[int] = set()
    for box, described in enumerate(panel.boxes):
        before, after = links.before[box], links.after[box]
        can_be = described.role == "operation" and not described.note and inline.isdisjoint(before)
        if can_be and before and len(after) == 1 and len(links.before[after[0]]) > 1:
            mark = panel.mark((described.key, panel.boxes[after[0]].key))
            if mark in (Mark.SAME, described.mark):
                inline.add(box)
    return inline


def _index(panel: Panel) -> dict[str, int]:
    index = {box.key: position for position, box in enumerate(panel.boxes)}
    if len(index) < len(panel.boxes):
        keys = [box.key for box in panel.boxes]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise SpaceError(
            f"panel {panel.title!r}: expected a key of its own for every box, got {twice!r} twice"
        )
    for box in panel.boxes:
        if box.role not in ROLES:
            raise SpaceError(
                f"panel {panel.title!r}, box {box.key!r}: expected a role of {', '.join(ROLES)}, got {box.role!r}"
            )
    return index


def _find(panel: Panel, index: Mapping[str, int], key: str) -> int:
    if key not in index:
        raise SpaceError(f"panel {panel.title!r}: expected arrows between its boxes, got one at {key!r}")
    return index[key]
