"""The colours of a drawing, on a light page and on a dark one.

Text has a contrast of at least 4.5 to 1 and every line one of at least 3 to 1 (WCAG 2.1, criteria 1.4.3 and 1.4.11).
The hues of lines are those of Okabe and Ito 2008, which people with any kind of colour vision tell apart, without
yellow and black, and made darker for the light page where they would be too faint.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from search_spaces.outline import Mark


@dataclass(frozen=True, slots=True)
class Look:
    """How a box looks."""

    fill: str
    line: str
    text: str


@dataclass(frozen=True, slots=True)
class Palette:
    """All colours of one page: `values` tell the lines of values apart, `looks` belong to roles."""

    paper: str
    ink: str
    muted: str
    plain_line: str
    values: tuple[str, ...]
    looks: Mapping[str, Look]
    marks: Mapping[Mark, str]


LIGHT = Palette(
    paper="#ffffff",
    ink="#1f2933",
    muted="#52606d",
    plain_line="#6b7782",
    values=("#0072b2", "#d55e00", "#008a65", "#b8588a", "#2a8fc7", "#a87600"),
    looks={
        "input": Look("#e4e7eb", "#7b8794", "#1f2933"),
        "operation": Look("#f0f6fc", "#6d8caa", "#1f2933"),
        "join": Look("#ffffff", "#52606d", "#1f2933"),
        "output": Look("#3e4c59", "#3e4c59", "#ffffff"),
    },
    marks={Mark.ONE: "#b84500", Mark.OTHER: "#00639c", Mark.CHANGED: "#8f3f6c"},
)
DARK = Palette(
    paper="#14191f",
    ink="#e4e7eb",
    muted="#a3afbb",
    plain_line="#8a96a3",
    values=("#4da3e0", "#f0803c", "#2fbf93", "#d98bb8", "#7cc8f2", "#e6a91c"),
    looks={
        "input": Look("#2b343f", "#7b8794", "#e4e7eb"),
        "operation": Look("#1a2837", "#648bb0", "#e4e7eb"),
        "join": Look("#14191f", "#a3afbb", "#e4e7eb"),
        "output": Look("#cbd2d9", "#cbd2d9", "#1f2933"),
    },
    marks={Mark.ONE: "#ff9a5c", Mark.OTHER: "#6cb8f0", Mark.CHANGED: "#e2a0c6"},
)
