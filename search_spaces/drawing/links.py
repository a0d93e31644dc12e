"""The arrows of a panel as indices of its boxes, checked; and the same as sentences of who adds up what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search_spaces.errors import SpaceError
from search_spaces.outline import Box, Panel

ROLES = ("input", "operation", "join", "output")


@dataclass(frozen=True, slots=True)
class Links:
    """Arrows as pairs of box indices, in the panel's order, and each box's neighbours by them."""

    arrows: tuple[tuple[int, int], ...]
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
    return Links(arrows, before, after)


@dataclass(frozen=True, slots=True)
class Term:
    """One of the values that flow into a box: where it comes from, and the operations it passes on the way."""

    source: int
    operations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """`target` is made of `terms`. Operations that are part of a term have no statement of their own."""

    target: int
    terms: tuple[Term, ...]


def statements(panel: Panel, links: Links, *, longest: int | None = None) -> list[Statement]:
    """Returns how every box that is not within a term comes about; a box without inputs has no terms.

    A term holds operations with one input and one user, at most `longest` of them.
    """
    inline = _inline(panel, links, len(panel.boxes) if longest is None else longest)

    def term(tail: int) -> Term:
        passed: list[int] = []
        while tail in inline:
            passed.append(tail)
            (tail,) = links.before[tail]
        return Term(tail, tuple(reversed(passed)))

    return [
        Statement(box, tuple(term(tail) for tail in links.before[box]))
        for box in range(len(panel.boxes))
        if box not in inline
    ]


def describe(panel: Panel) -> str:
    """Returns the wiring in words: "block0 = sep_conv_3x3(previous) + identity(current); output takes block0"."""
    found = statements(panel, read_links(panel))
    return "; ".join(_sentence(panel.boxes, statement) for statement in found if statement.terms)


def short_name(box: Box) -> str:
    """Returns what a box is called where others speak of it: its label, or for a join, which only says "+", its key."""
    return box.key.rpartition(".")[2] if box.role == "join" else box.label


def _inline(panel: Panel, links: Links, longest: int) -> set[int]:
    depth: dict[int, int] = {}
    for box, described in enumerate(panel.boxes):
        if described.role == "operation" and len(links.before[box]) == len(links.after[box]) == 1:
            steps = depth.get(links.before[box][0], 0) + 1
            if steps <= longest:
                depth[box] = steps
    return set(depth)


def _sentence(boxes: Sequence[Box], statement: Statement) -> str:
    terms = [_nested([boxes[i] for i in (term.source, *term.operations)]) for term in statement.terms]
    target = boxes[statement.target]
    if target.role == "join":
        return f"{short_name(target)} = {' + '.join(terms)}"
    return f"{target.label} takes {', '.join(terms)}"


def _nested(path: Sequence[Box]) -> str:
    text = short_name(path[0])
    for box in path[1:]:
        text = f"{short_name(box)}({text})"
    return text


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
