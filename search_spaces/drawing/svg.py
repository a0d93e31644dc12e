"""An outline as a stand-alone SVG file: in the colours that the reader prefers, light or dark, and light in print.

It speaks to screen readers too. Pure text in, pure text out; the same outline always gives the same bytes. Every name
is escaped, and characters that XML cannot hold are replaced.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from search_spaces.drawing.font import FONT_FAMILY, text_width, wrap
from search_spaces.drawing.layout import LABEL_SIZE, WIDEST_ROW, lay_out
from search_spaces.drawing.palette import LIGHT
from search_spaces.drawing.placed import PanelLayout, Point
from search_spaces.drawing.shapes import (
    LEGEND_INDENT,
    LEGEND_LINE,
    ROOT,
    clean,
    draw_arrow,
    draw_box,
    draw_legend,
    draw_lines,
    line_class,
    number,
    style_sheet,
)
from search_spaces.drawing.words import describe
from search_spaces.outline import Outline, Panel

MARGIN = 24.0
PANEL_GAP = 40.0
NARROWEST = 320.0
TITLE_SIZE, STACK_SIZE, PANEL_TITLE_SIZE = 17.0, 13.0, 14.0
TITLE_LINE, STACK_LINE, PANEL_TITLE_LINE = 24.0, 18.0, 30.0
INK, MUTED = f'class="ink" fill="{LIGHT.ink}"', f'class="muted" fill="{LIGHT.muted}"'
BOLD = 'font-weight="600"'


def draw_svg(outline: Outline) -> str:
    """Returns the SVG document of an outline; raises `SpaceError` where its panels do not fit together."""
    layouts = [lay_out(panel) for panel in outline.panels]
    places, width, height = _arrange(layouts)
    width = max(width, min(WIDEST_ROW, _widest_text(outline)), NARROWEST)
    header, body = _header(outline, width)

    lines = [
        *_opening(outline, width + 2 * MARGIN, body + height + 2 * MARGIN),
        f'<rect class="paper" width="100%" height="100%" rx="10" fill="{LIGHT.paper}"/>',
        f'<g transform="translate({number(MARGIN)} {number(MARGIN)})">',
        *header,
    ]
    for panel, layout, (x, y) in zip(outline.panels, layouts, places, strict=True):
        values = {} if outline.legend else _values(layout)
        lines += _panel(panel, layout, values, (x, body + y))
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _arrange(layouts: Sequence[PanelLayout]) -> tuple[list[Point], float, float]:
    """Returns the upper left corner of every panel, and the width and height of all together.

    They stand side by side as long as they fit into one row, else one above the other.
    """
    widths = [max(layout.width, text_width(layout.title, PANEL_TITLE_SIZE)) for layout in layouts]
    heights = [PANEL_TITLE_LINE + layout.height for layout in layouts]
    gaps = PANEL_GAP * max(0, len(layouts) - 1)
    if sum(widths) + gaps <= WIDEST_ROW:
        places = [(sum(widths[:i]) + i * PANEL_GAP, 0.0) for i in range(len(layouts))]
        return places, sum(widths) + gaps, max(heights, default=0.0)
    places = [(0.0, sum(heights[:i]) + i * PANEL_GAP) for i in range(len(layouts))]
    return places, max(widths), sum(heights) + gaps


def _widest_text(outline: Outline) -> float:
    legend = [LEGEND_INDENT + text_width(text, LABEL_SIZE) for _, text in outline.legend]
    return max(text_width(outline.title, TITLE_SIZE), text_width(outline.stack, STACK_SIZE), *legend)


def _opening(outline: Outline, width: float, height: float) -> list[str]:
    wiring = ". ".join(f"{panel.title}: {describe(panel)}" for panel in outline.panels)
    return [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{ROOT}" role="img" width="{number(width)}" '
            f'height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}" font-family="{FONT_FAMILY}">'
        ),
        f"<title>{clean(outline.title)}</title>",
        f"<desc>{clean(f'{outline.stack}. {wiring}.')}</desc>",
        f"<style>\n{style_sheet()}\n</style>",
    ]


def _header(outline: Outline, width: float) -> tuple[list[str], float]:
    """Returns what stands above the panels and how high that is."""
    titles = wrap(outline.title, TITLE_SIZE, width)
    stack = wrap(outline.stack, STACK_SIZE, width)
    lines = [*draw_lines(titles, TITLE_SIZE, TITLE_LINE, 0.0, f"{BOLD} {INK}")]
    top = TITLE_LINE * len(titles)
    lines += draw_lines(stack, STACK_SIZE, STACK_LINE, top, MUTED)
    top += STACK_LINE * len(stack)
    for mark, text in outline.legend:
        lines += draw_legend(mark, text, top)
        top += LEGEND_LINE
    return lines, top + PANEL_TITLE_LINE / 2


def _values(layout: PanelLayout) -> dict[str, int]:
    """Returns key -> a number for the colour of its arrows, for each value that is taken twice or by an operation.

    What an operation only passes on to the next box has none.
    """
    roles = {placed.box.key: placed.box.role for placed in layout.boxes}
    taken = {route.tail for route in layout.routes if roles[route.head] == "operation"}
    users = Counter(route.tail for route in layout.routes)
    keys = [
        key
        for key, role in roles.items()
        if role == "input" or users[key] > 1 or (role == "join" and key in taken)
    ]
    return {key: index for index, key in enumerate(keys)}


def _panel(panel: Panel, layout: PanelLayout, values: dict[str, int], corner: Point) -> Iterator[str]:
    yield f'<g class="panel" transform="translate({number(corner[0])} {number(corner[1])})">'
    yield from draw_lines([panel.title], PANEL_TITLE_SIZE, PANEL_TITLE_LINE, 0.0, f"{BOLD} {INK}")
    yield f'<g transform="translate(0 {number(PANEL_TITLE_LINE)})">'
    for route in layout.routes:
        mark = panel.mark((route.tail, route.head))
        yield draw_arrow(route, line_class(values.get(route.tail), mark), mark, downwards=layout.downwards)
    for box in layout.boxes:
        yield draw_box(box, downwards=layout.downwards)
    yield "</g>"
    yield "</g>"
