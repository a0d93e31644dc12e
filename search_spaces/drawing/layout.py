"""A panel with coordinates: where every box stands and which way every arrow runs, in pixels, y downwards.

Layers become columns from left to right. Arrows bend only in the gaps between columns and run straight through the
columns, on a height of their own: so none can run through a box.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from search_spaces.drawing.font import text_width
from search_spaces.drawing.layering import Layering, layer_boxes
from search_spaces.drawing.links import Links, read_links
from search_spaces.drawing.ordering import Order, reduce_crossings
from search_spaces.drawing.placing import place
from search_spaces.outline import Box, Panel

LABEL_SIZE = 13.0
BOX_HEIGHT = 30.0
JOIN_DIAMETER = 24.0
ROW_GAP = 13.0
PORT_SPACING = 9.0
LABEL_PADDING = 12.0
NARROWEST_GAP, WIDEST_GAP = 40.0, 88.0
STRAIGHT_END = 9.0
"""Pixels before a box on which an arrow runs straight, so that its head points the way it came."""
CLIMB_PER_GAP = 0.28
"""Pixels of gap for a pixel that its steepest arrow climbs."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box with its left and upper edge and its size. A join is a circle of diameter `width` = `height`."""

    box: Box
    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> Point:
        """The middle of the box."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one arrow: an even number of points, straight from the first to the second, then bent, straight, ....

    `tail` and `head` are keys of boxes; every bend starts and ends level.
    """

    tail: str
    head: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class PanelLayout:
    """A panel laid out; everything lies within 0..width and 0..height."""

    title: str
    boxes: tuple[PlacedBox, ...]
    routes: tuple[Route, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Column:
    left: float
    right: float


def lay_out(panel: Panel) -> PanelLayout:
    """Returns the layout of a panel; raises `SpaceError` where its arrows do not fit its boxes."""
    links = read_links(panel)
    layering = layer_boxes(links)
    order = reduce_crossings(layering)
    sizes = [_size(box, len(before)) for box, before in zip(panel.boxes, links.before, strict=True)]
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


def _size(box: Box, inputs: int) -> tuple[float, float]:
    """Returns width and height; a box of many inputs is high enough for all of them."""
    if box.role == "join":
        return JOIN_DIAMETER, JOIN_DIAMETER
    return text_width(box.label, LABEL_SIZE) + 2 * LABEL_PADDING, max(BOX_HEIGHT, (inputs + 1) * PORT_SPACING)


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
    """Returns how far inside its left edge a box begins, `below` its middle: nothing unless it is round."""
    if box.box.role != "join":
        return 0.0
    radius = box.width / 2
    return radius - sqrt(radius**2 - below**2)
