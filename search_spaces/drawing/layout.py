"""Where every box of a panel stands and which way every arrow runs.

Layers become columns from left to right. Arrows bend only in the gaps between columns and run straight through the
columns, on a height of their own: so none can run through a box. What would be too wide for a page that way runs
downwards: the same with every width and height exchanged, turned at the end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from search_spaces.drawing.font import text_width
from search_spaces.drawing.layering import Layering, layer_boxes
from search_spaces.drawing.links import Links, read_links
from search_spaces.drawing.ordering import Order, reduce_crossings
from search_spaces.drawing.placed import PanelLayout, PlacedBox, Point, Route, turned
from search_spaces.drawing.placing import place
from search_spaces.outline import Box, Panel

WIDEST_ROW = 1300.0
"""A panel that would be wider, in pixels, runs downwards."""
LABEL_SIZE, NOTE_SIZE = 13.0, 11.0
BOX_HEIGHT, NOTE_HEIGHT = 30.0, 15.0
JOIN_DIAMETER = 24.0
ROW_GAP = 13.0
PORT_SPACING = 9.0
LABEL_PADDING = 12.0
NARROWEST_GAP, WIDEST_GAP = 40.0, 88.0
STRAIGHT_END = 9.0
"""Pixels before a box on which an arrow runs straight, so that its head points the way it came."""
CLIMB_PER_GAP = 0.28
"""Pixels of gap for a pixel that its steepest arrow climbs."""


@dataclass(frozen=True, slots=True)
class _Column:
    left: float
    right: float


def lay_out(panel: Panel) -> PanelLayout:
    """Returns the layout of a panel; raises `SpaceError` where its arrows do not fit its boxes."""
    links = read_links(panel)
    sizes = [_size(box) for box in panel.boxes]
    layout = _lay_out(panel, links, sizes)
    if layout.width <= WIDEST_ROW:
        return layout
    return turned(_lay_out(panel, links, [(height, width) for width, height in sizes]))


def _lay_out(panel: Panel, links: Links, drawn: Sequence[tuple[float, float]]) -> PanelLayout:
    """Returns the layout to the right of boxes that are drawn so wide and so high, higher for many arrows."""
    layering = layer_boxes(links)
    order = reduce_crossings(layering)
    sizes = [
        _with_ports(box, size, len(before))
        for box, size, before in zip(panel.boxes, drawn, links.before, strict=True)
    ]
    heights = {
        vertex: sizes[vertex][1] if vertex < len(sizes) else 0.0 for layer in order for vertex in layer
    }
    centres = place(layering, order, heights, ROW_GAP)
    columns = _columns(layering, order, centres, [width for width, _ in sizes])

    rank = {vertex: rank for rank, layer in enumerate(order) for vertex in layer}
    boxes = tuple(
        _placed(box, size, columns[rank[index]], centres[index])
        for index, (box, size) in enumerate(zip(panel.boxes, sizes, strict=True))
    )
    return PanelLayout(
        panel.title,
        boxes,
        _routes(links, layering, boxes, centres, lambda vertex: columns[rank[vertex]]),
        width=columns[-1].right if columns else 0.0,
        height=max((centres[vertex] + heights[vertex] / 2 for vertex in centres), default=0.0),
    )


def _size(box: Box) -> tuple[float, float]:
    """Returns the width and height that the text of a box needs."""
    if box.role == "join":
        # One sign stands in a circle, a word between the halves of one.
        return max(JOIN_DIAMETER, text_width(box.label, LABEL_SIZE) + LABEL_PADDING), JOIN_DIAMETER
    text = max(text_width(box.label, LABEL_SIZE), text_width(box.note, NOTE_SIZE))
    return text + 2 * LABEL_PADDING, BOX_HEIGHT + (NOTE_HEIGHT if box.note else 0.0)


def _with_ports(box: Box, size: tuple[float, float], inputs: int) -> tuple[float, float]:
    """Returns the size of a box that is high enough for all arrows into it."""
    width, height = size
    # A circle is for two: its ends are round, so that arrows into it stand closer.
    return width, max(height, (inputs if box.role == "join" else inputs + 1) * PORT_SPACING)


def _placed(box: Box, size: tuple[float, float], column: _Column, centre: float) -> PlacedBox:
    """Returns the box in its column: joins in the middle, everything else as wide as the column."""
    width = size[0] if box.role == "join" else column.right - column.left
    return PlacedBox(box, (column.left + column.right - width) / 2, centre - size[1] / 2, width, size[1])


def _columns(
    layering: Layering, order: Order, centres: Mapping[int, float], widths: Sequence[float]
) -> list[_Column]:
    """Returns the columns of the layers, further apart where arrows between them climb more."""
    rank = {vertex: rank for rank, layer in enumerate(order) for vertex in layer}
    climbs = [0.0] * len(order)
    for tail, head in layering.segments:
        climbs[rank[head]] = max(climbs[rank[head]], abs(centres[head] - centres[tail]))

    columns: list[_Column] = []
    for layer, climb in zip(order, climbs, strict=True):
        gap = min(WIDEST_GAP, max(NARROWEST_GAP, climb * CLIMB_PER_GAP))
        left = columns[-1].right + gap if columns else 0.0
        width = max((widths[vertex] for vertex in layer if vertex < len(widths)), default=0.0)
        columns.append(_Column(left, left + width))
    return columns


def _routes(
    links: Links,
    layering: Layering,
    boxes: Sequence[PlacedBox],
    centres: Mapping[int, float],
    column: Callable[[int], _Column],
) -> tuple[Route, ...]:
    ends = _ends(layering, boxes, centres)
    routes = []
    for arrow, ((tail, head), passed) in enumerate(zip(links.arrows, layering.routes, strict=True)):
        right, middle = boxes[tail].x + boxes[tail].width, boxes[tail].centre[1]
        points = [(right, middle), (column(tail).right, middle)]
        for waypoint in passed[1:-1]:
            across = column(waypoint)
            points += [(across.left, centres[waypoint]), (across.right, centres[waypoint])]
        points += [(column(head).left - STRAIGHT_END, ends[arrow][1]), ends[arrow]]
        routes.append(Route(boxes[tail].box.key, boxes[head].box.key, tuple(points)))
    return tuple(routes)


def _ends(layering: Layering, boxes: Sequence[PlacedBox], centres: Mapping[int, float]) -> dict[int, Point]:
    """Returns arrow -> where it enters its box: on the left, spread out, in the order in which the arrows come."""
    entering: dict[int, list[int]] = {}
    for arrow, route in enumerate(layering.routes):
        entering.setdefault(route[-1], []).append(arrow)
    ends = {}
    for head, arrows in entering.items():
        arrows.sort(key=lambda arrow: centres[layering.routes[arrow][-2]])
        box = boxes[head]
        spacing = min(PORT_SPACING, box.height / (len(arrows) + 1))
        for position, arrow in enumerate(arrows):
            below = (position - (len(arrows) - 1) / 2) * spacing
            ends[arrow] = (box.x + _dent(box, below), box.centre[1] + below)
    return ends


def _dent(box: PlacedBox, below: float) -> float:
    """Returns how far inside its left edge a box begins, `below` its middle: only a join is round there."""
    if box.box.role != "join":
        return 0.0
    radius = JOIN_DIAMETER / 2
    into_corner = max(0.0, abs(below) - (box.height / 2 - radius))
    return radius - sqrt(radius**2 - into_corner**2)
