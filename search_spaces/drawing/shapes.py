"""The elements of an SVG drawing: boxes, arrows, lines of text. Each has its colour on a light page and a class.

By its class a style sheet finds it on a dark page; where style sheets are not understood, it stays as it is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from search_spaces.drawing.layout import JOIN_DIAMETER, LABEL_SIZE, NOTE_HEIGHT, NOTE_SIZE
from search_spaces.drawing.palette import DARK, LIGHT, Palette
from search_spaces.drawing.placed import PlacedBox, Point, Route
from search_spaces.outline import Mark

ROOT = "architecture"
"""The class of the whole picture: its rules reach nothing else on a page that it is put into."""
ARROW_LENGTH, ARROW_HALF_WIDTH = 8.0, 3.6
BADGE_RADIUS = 7.5
LEGEND_LINE, LEGEND_INDENT = 22.0, 62.0
SAMPLE = (22.0, 52.0)
"""From where to where the line of a legend runs, before the text at `LEGEND_INDENT`."""
PLAIN = "plain"
CORNERS = {"input": 15.0, "operation": 6.0, "join": JOIN_DIAMETER / 2, "output": 15.0}
MARK_CLASSES = {Mark.ONE: "one", Mark.OTHER: "other", Mark.CHANGED: "changed"}
MARK_STROKES = {
    Mark.ONE: 'stroke-width="1.8" stroke-dasharray="6 3"',
    Mark.OTHER: 'stroke-width="3"',
    Mark.CHANGED: 'stroke-width="2.4" stroke-dasharray="2 2"',
}
"""How marked lines differ without colour: dashed, thick, dotted."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def line_class(value: int | None, mark: Mark = Mark.SAME) -> str:
    """Returns the class of an arrow that carries the value of that number, None for what is only passed on."""
    if mark in MARK_CLASSES:
        return MARK_CLASSES[mark]
    return PLAIN if value is None else f"value{value % len(LIGHT.values)}"


def line_colours(palette: Palette) -> dict[str, str]:
    """Returns class -> colour of the arrows."""
    values = {line_class(index): colour for index, colour in enumerate(palette.values)}
    marks = {line_class(None, mark): colour for mark, colour in palette.marks.items()}
    return {PLAIN: palette.plain_line, **values, **marks}


def style_sheet(palette: Palette = DARK) -> str:
    """Returns the rules that give a drawing the colours of a dark page where the reader prefers dark pages."""
    rules = {
        ".paper": {"fill": palette.paper},
        ".ink": {"fill": palette.ink},
        ".muted": {"fill": palette.muted},
    }
    for role, look in palette.looks.items():
        rules[f".{role} rect"] = {"fill": look.fill, "stroke": look.line}
        rules[f".{role} text"] = {"fill": look.text}
    for name, colour in line_colours(palette).items():
        rules[f".{name} path, .{ROOT} .{name}.box rect"] = {"stroke": colour}
        rules[f".{name} polygon, .{ROOT} .{name} circle"] = {"fill": colour}
    rules[".badge text"] = {"fill": palette.paper}
    written = (
        f".{ROOT} {selector} {{ {'; '.join(f'{key}: {value}' for key, value in style.items())} }}"
        for selector, style in rules.items()
    )
    return "\n".join(["@media (prefers-color-scheme: dark) {", *written, "}"])


def draw_lines(lines: Iterable[str], size: float, line: float, top: float, attributes: str) -> Iterator[str]:
    """Yields lines of text, the first from `top` on, one every `line` pixels."""
    for index, text in enumerate(lines):
        baseline = number(top + index * line + size)
        yield f'<text y="{baseline}" font-size="{number(size)}" {attributes}>{clean(text)}</text>'


def draw_arrow(route: Route, name: str, mark: Mark, *, downwards: bool) -> str:
    """Returns an arrow of class `name`, whose bends start and end upright where the panel runs `downwards`."""
    colour = line_colours(LIGHT)[name]
    stroke = MARK_STROKES.get(mark, 'stroke-width="1.6"')
    tip, before = route.points[-1], route.points[-2]
    along = (0.0, 1.0) if downwards else (1.0, 0.0)
    shaft = (*route.points[:-1], _moved(tip, along, 1 - ARROW_LENGTH) if tip != before else tip)
    ends = f"data-from={attribute(route.tail)} data-to={attribute(route.head)}"
    path = _path(shaft, downwards=downwards)
    return (
        f'<g class="{name}"><path class="arrow" {ends} d="{path}" fill="none" stroke="{colour}" {stroke}/>'
        f'<polygon points="{_head(tip, along)}" fill="{colour}"/></g>'
    )


def draw_box(placed: PlacedBox, *, downwards: bool) -> str:
    """Returns a box of a panel that runs `downwards` or not, with its label, its note and, where marked, its badge."""
    box = placed.box
    look = LIGHT.looks[box.role]
    line, stroke, classes = look.line, 'stroke-width="1.2"', f"box {box.role}"
    if box.mark is not Mark.SAME:
        line, stroke = LIGHT.marks[box.mark], MARK_STROKES[box.mark]
        classes += f" {MARK_CLASSES[box.mark]}"
    return "".join(
        [
            f"<g class={attribute(classes)} data-key={attribute(box.key)}><title>{clean(box.label)}</title>",
            (
                f'<rect x="{number(placed.x)}" y="{number(placed.y)}" width="{number(placed.width)}" '
                f'height="{number(placed.height)}" rx="{number(CORNERS[box.role])}" fill="{look.fill}" '
                f'stroke="{line}" {stroke}/>'
            ),
            *_box_text(placed, look.text),
            draw_badge(_badge_place(placed, downwards=downwards), box.mark)
            if box.mark is not Mark.SAME
            else "",
            "</g>",
        ]
    )


def draw_badge(centre: Point, mark: Mark) -> str:
    """Returns the sign of a mark in a disc."""
    x, y = centre
    return (
        f'<g class="badge {MARK_CLASSES[mark]}"><circle cx="{number(x)}" cy="{number(y)}" '
        f'r="{number(BADGE_RADIUS)}" fill="{LIGHT.marks[mark]}"/>{_middle(x, y, mark, 12.0, LIGHT.paper, "700")}</g>'
    )


def draw_legend(mark: Mark, text: str, top: float) -> Iterator[str]:
    """Yields the sign of a mark, a line that is marked so, and what it means, `LEGEND_LINE` pixels high."""
    middle, (start, end) = top + LEGEND_LINE / 2, SAMPLE
    name = MARK_CLASSES[mark]
    yield draw_badge((BADGE_RADIUS, middle), mark)
    yield (
        f'<g class="{name}"><path d="M{_point((start, middle))}L{_point((end, middle))}" '
        f'stroke="{LIGHT.marks[mark]}" {MARK_STROKES[mark]}/></g>'
    )
    yield (
        f'<text class="ink" x="{number(LEGEND_INDENT)}" y="{number(middle + 0.35 * LABEL_SIZE)}" '
        f'font-size="{number(LABEL_SIZE)}" fill="{LIGHT.ink}">{clean(text)}</text>'
    )


def _box_text(placed: PlacedBox, colour: str) -> Iterator[str]:
    x, y = placed.centre
    note = placed.box.note
    yield _middle(x, y - NOTE_HEIGHT / 2 if note else y, placed.box.label, LABEL_SIZE, colour)
    if note:
        yield _middle(x, y + NOTE_HEIGHT / 2, note, NOTE_SIZE, colour)


def _badge_place(placed: PlacedBox, *, downwards: bool) -> Point:
    """Returns where no arrow comes or goes: at the upper right corner; a join has none, but a side that is free."""
    right = placed.x + placed.width
    if placed.box.role != "join":
        return right - BADGE_RADIUS, placed.y
    outside = BADGE_RADIUS / 4
    return (right + outside, placed.centre[1]) if downwards else (placed.centre[0], placed.y - outside)


def _middle(x: float, y: float, text: str, size: float, colour: str, weight: str = "400") -> str:
    # 0.35 em below the middle, text looks centred; `dominant-baseline` is missing from many converters to PDF.
    return (
        f'<text x="{number(x)}" y="{number(y + 0.35 * size)}" text-anchor="middle" '
        f'font-size="{number(size)}" font-weight="{weight}" fill="{colour}">{clean(text)}</text>'
    )


def _head(tip: Point, along: Point) -> str:
    back = _moved(tip, along, -ARROW_LENGTH)
    across = along[1], along[0]
    corners = (tip, _moved(back, across, -ARROW_HALF_WIDTH), _moved(back, across, ARROW_HALF_WIDTH))
    return " ".join(map(_point, corners))


def _moved(point: Point, direction: Point, distance: float) -> Point:
    return point[0] + direction[0] * distance, point[1] + direction[1] * distance


def _path(points: Sequence[Point], *, downwards: bool) -> str:
    """Returns the path through the points, alternately straight and bent."""
    steps = [f"M{_point(points[0])}"]
    for index, (end, start) in enumerate(zip(points[1:], points, strict=False)):
        if index % 2 == 0:
            steps.append(f"L{_point(end)}")
            continue
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        first, second = ((start[0], y), (end[0], y)) if downwards else ((x, start[1]), (x, end[1]))
        steps.append(f"C{_point(first)} {_point(second)} {_point(end)}")
    return "".join(steps)


def _point(point: Point) -> str:
    return f"{number(point[0])},{number(point[1])}"


def number(value: float) -> str:
    """Returns a number with at most two decimals, the same on every machine, and never "-0"."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def clean(text: str) -> str:
    """Returns text as the content of an element."""
    return escape(_NOT_XML.sub("\ufffd", text))


def attribute(text: str) -> str:
    """Returns text as an attribute's value, quotes included."""
    return quoteattr(_NOT_XML.sub("\ufffd", text))
