"""An outline as a stand-alone SVG file: readable on light and dark pages, by eyes and by screen readers, and in print.

Pure text in, pure text out; the same outline always gives the same bytes. Every name is escaped, and characters that
XML cannot hold are replaced.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from search_spaces.drawing.font import FONT_FAMILY, text_width, wrap
from search_spaces.drawing.layout import LABEL_SIZE, PanelLayout, PlacedBox, Point, Route, lay_out
from search_spaces.drawing.links import describe
from search_spaces.outline import Outline

MARGIN = 24.0
PANEL_GAP = 40.0
WIDEST_ROW = 1300.0
"""Panels stand side by side as long as they fit into so many pixels, else one above the other."""
TITLE_SIZE, STACK_SIZE, PANEL_TITLE_SIZE = 17.0, 13.0, 14.0
TITLE_LINE, STACK_LINE, PANEL_TITLE_LINE = 24.0, 18.0, 30.0

PAPER, INK, MUTED = "#ffffff", "#1f2933", "#52606d"
PLAIN_LINE = "#7b8794"
# Okabe and Ito 2008: eight colours that people with any kind of colour vision tell apart; yellow and black left out.
VALUE_LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
ARROW_LENGTH, ARROW_HALF_WIDTH = 8.0, 3.6

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Look:
    fill: str
    line: str
    text: str
    corner: float


LOOKS: Mapping[str, _Look] = {
    "input": _Look("#e4e7eb", "#9aa5b1", INK, 15.0),
    "operation": _Look("#f0f6fc", "#7f9dbb", INK, 6.0),
    "join": _Look("#ffffff", "#52606d", INK, 12.0),
    "output": _Look("#3e4c59", "#3e4c59", "#ffffff", 15.0),
}


def draw_svg(outline: Outline) -> str:
    """Returns the SVG document of an outline; raises `SpaceError` where its panels do not fit together."""
    layouts = [lay_out(panel) for panel in outline.panels]
    places, width, height = _arrange(layouts)
    width = max(width, min(WIDEST_ROW, text_width(outline.title, TITLE_SIZE)), 320.0)
    stack = wrap(outline.stack, STACK_SIZE, width)
    titles = wrap(outline.title, TITLE_SIZE, width)
    header = TITLE_LINE * len(titles) + STACK_LINE * len(stack) + PANEL_TITLE_LINE / 2
    wiring = ". ".join(f"{panel.title}: {describe(panel)}" for panel in outline.panels)

    lines = [
        _opening(width + 2 * MARGIN, header + height + 2 * MARGIN),
        f"<title>{_clean(outline.title)}</title>",
        f"<desc>{_clean(f'{outline.stack}. {wiring}.')}</desc>",
        f'<rect width="100%" height="100%" rx="10" fill="{PAPER}"/>',
        f'<g transform="translate({_number(MARGIN)} {_number(MARGIN)})">',
        *_text_lines(titles, TITLE_SIZE, TITLE_LINE, 0.0, f'font-weight="600" fill="{INK}"'),
        *_text_lines(stack, STACK_SIZE, STACK_LINE, TITLE_LINE * len(titles), f'fill="{MUTED}"'),
    ]
    for layout, (x, y) in zip(layouts, places, strict=True):
        lines += _panel(layout, x, header + y)
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _arrange(layouts: list[PanelLayout]) -> tuple[list[Point], float, float]:
    """Returns the upper left corner of every panel, and the width and height of all together."""
    widths = [max(layout.width, text_width(layout.title, PANEL_TITLE_SIZE)) for layout in layouts]
    heights = [PANEL_TITLE_LINE + layout.height for layout in layouts]
    gaps = PANEL_GAP * max(0, len(layouts) - 1)
    if sum(widths) + gaps <= WIDEST_ROW:
        places = [(sum(widths[:i]) + i * PANEL_GAP, 0.0) for i in range(len(layouts))]
        return places, sum(widths) + gaps, max(heights, default=0.0)
    places = [(0.0, sum(heights[:i]) + i * PANEL_GAP) for i in range(len(layouts))]
    return places, max(widths), sum(heights) + gaps


def _opening(width: float, height: float) -> str:
    size = f"{_number(width)} {_number(height)}".split()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0]} {size[1]}" font-family="{FONT_FAMILY}">'
    )


def _text_lines(lines: list[str], size: float, line: float, top: float, attributes: str) -> Iterator[str]:
    for index, text in enumerate(lines):
        baseline = _number(top + index * line + size)
        yield f'<text y="{baseline}" font-size="{_number(size)}" {attributes}>{_clean(text)}</text>'


def _panel(layout: PanelLayout, x: float, y: float) -> Iterator[str]:
    yield f'<g class="panel" transform="translate({_number(x)} {_number(y)})">'
    yield from _text_lines(
        [layout.title], PANEL_TITLE_SIZE, PANEL_TITLE_LINE, 0.0, f'font-weight="600" fill="{INK}"'
    )
    yield f'<g transform="translate(0 {_number(PANEL_TITLE_LINE)})">'
    colours = _colours(layout)
    for route in layout.routes:
        yield from _arrow(route, colours[route.tail])
    for box in layout.boxes:
        yield _box(box)
    yield "</g>"
    yield "</g>"


def _colours(layout: PanelLayout) -> dict[str, str]:
    """Returns key -> the colour of the arrows that leave the box.

    A value that operations take has a colour of its own; what is only passed on stays grey.
    """
    roles = {placed.box.key: placed.box.role for placed in layout.boxes}
    taken = {route.tail for route in layout.routes if roles[route.head] == "operation"}
    values = [key for key, role in roles.items() if role == "input" or (role == "join" and key in taken)]
    own = {key: VALUE_LINES[index % len(VALUE_LINES)] for index, key in enumerate(values)}
    return {placed.box.key: own.get(placed.box.key, PLAIN_LINE) for placed in layout.boxes}


def _arrow(route: Route, colour: str) -> Iterator[str]:
    tip_x, tip_y = route.points[-1]
    shaft = (*route.points[:-1], (tip_x - ARROW_LENGTH + 1, tip_y))
    ends = f"data-from={_attribute(route.tail)} data-to={_attribute(route.head)}"
    yield f'<path class="arrow" {ends} d="{_path(shaft)}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
    corners = [
        (tip_x, tip_y),
        (tip_x - ARROW_LENGTH, tip_y - ARROW_HALF_WIDTH),
        (tip_x - ARROW_LENGTH, tip_y + ARROW_HALF_WIDTH),
    ]
    yield f'<polygon points="{" ".join(map(_point, corners))}" fill="{colour}"/>'


def _path(points: tuple[Point, ...]) -> str:
    """Returns the path through the points, alternately straight and bent, every bend level at both ends."""
    steps = [f"M{_point(points[0])}"]
    for index, (end, start) in enumerate(zip(points[1:], points, strict=False)):
        if index % 2 == 0:
            steps.append(f"L{_point(end)}")
        else:
            middle = (start[0] + end[0]) / 2
            steps.append(f"C{_point((middle, start[1]))} {_point((middle, end[1]))} {_point(end)}")
    return "".join(steps)


def _box(placed: PlacedBox) -> str:
    look = LOOKS[placed.box.role]
    x, y = placed.centre
    # 0.35 em below the middle, text looks centred; `dominant-baseline` is missing from many converters to PDF.
    return (
        f"<g class={_attribute(placed.box.role)} data-key={_attribute(placed.box.key)}>"
        f"<title>{_clean(placed.box.label)}</title>"
        f'<rect x="{_number(placed.x)}" y="{_number(placed.y)}" width="{_number(placed.width)}" '
        f'height="{_number(placed.height)}" rx="{_number(look.corner)}" fill="{look.fill}" '
        f'stroke="{look.line}" stroke-width="1.2"/>'
        f'<text x="{_number(x)}" y="{_number(y + 0.35 * LABEL_SIZE)}" text-anchor="middle" '
        f'font-size="{_number(LABEL_SIZE)}" fill="{look.text}">{_clean(placed.box.label)}</text></g>'
    )


def _point(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    """Returns a number with at most two decimals, the same on every machine, and never "-0"."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _clean(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))
