"""A panel with coordinates, in pixels, y downwards."""

from dataclasses import dataclass, replace

from search_spaces.outline import Box

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box with its left and upper edge and its size. A join has round ends, and the smallest one is a circle."""

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

    `tail` and `head` are keys of boxes; every bend starts and ends in the direction in which the panel runs.
    """

    tail: str
    head: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class PanelLayout:
    """A panel laid out; everything lies within 0..width and 0..height. Arrows run to the right or `downwards`."""

    title: str
    boxes: tuple[PlacedBox, ...]
    routes: tuple[Route, ...]
    width: float
    height: float
    downwards: bool = False


def turned(layout: PanelLayout) -> PanelLayout:
    """Returns the layout mirrored at the diagonal: what ran to the right runs downwards, and the other way round."""
    return PanelLayout(
        layout.title,
        tuple(replace(box, x=box.y, y=box.x, width=box.height, height=box.width) for box in layout.boxes),
        tuple(replace(route, points=tuple((y, x) for x, y in route.points)) for route in layout.routes),
        layout.height,
        layout.width,
        not layout.downwards,
    )
