"""What a drawing shows of an architecture: a few small pictures of named boxes and arrows, without coordinates."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """One box. `role` is "input", "operation", "join" or "output" and decides how it looks; `key` names it."""

    key: str
    label: str
    role: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture, such as the normal cell: boxes in an order that no arrow goes against, arrows as pairs of keys."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """All pictures of an architecture and one line that says how they are stacked into the network."""

    title: str
    stack: str
    panels: tuple[Panel, ...]
