"""Boxes into layers, and long arrows into waypoints: the first step of a layered drawing.

Sugiyama, Tagawa and Toda 1981. Layers by the longest path from a source; a box whose only user is far away then moves
up to that user, so that an operation stands next to the sum it feeds. Arrows of one source share their waypoints: they
run as one line until they part. In a comparison those of one mark do.
"""

from dataclasses import dataclass
from itertools import count, pairwise

from search_spaces.drawing.links import Links
from search_spaces.outline import Mark


@dataclass(frozen=True, slots=True)
class Layering:
    """Vertices in layers: the boxes 0..boxes-1 by their index, and waypoints, which have the numbers from `boxes` on.

    `segments` join neighbouring layers, each pair once. `routes` run beside the arrows of the panel: the vertices that
    an arrow passes, both ends included. `trunks` are the waypoints of one source each, from left to right.
    """

    boxes: int
    layers: tuple[tuple[int, ...], ...]
    segments: tuple[tuple[int, int], ...]
    routes: tuple[tuple[int, ...], ...]
    trunks: tuple[tuple[int, ...], ...]


def layer_boxes(links: Links) -> Layering:
    """Returns the layers of a panel, their vertices in the order of the panel's boxes."""
    ranks = _ranks(links)
    layers: list[list[int]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for box, rank in enumerate(ranks):
        layers[rank].append(box)

    waypoints = count(len(ranks))
    trunks: dict[tuple[int, Mark], list[int]] = {}
    routes = []
    for (tail, head), mark in zip(links.arrows, links.marks, strict=True):
        trunk = trunks.setdefault((tail, mark), [])
        for rank in range(ranks[tail] + 1 + len(trunk), ranks[head]):
            trunk.append(next(waypoints))
            layers[rank].append(trunk[-1])
        routes.append((tail, *trunk[: ranks[head] - ranks[tail] - 1], head))

    segments = dict.fromkeys(pair for route in routes for pair in pairwise(route))
    used = tuple(tuple(trunk) for trunk in trunks.values() if trunk)
    return Layering(len(ranks), tuple(map(tuple, layers)), tuple(segments), tuple(routes), used)


def _ranks(links: Links) -> list[int]:
    ranks: list[int] = []
    for before in links.before:
        ranks.append(max((ranks[box] + 1 for box in before), default=0))
    for box in reversed(range(len(ranks))):
        if links.before[box] and len(links.after[box]) == 1:
            ranks[box] = ranks[links.after[box][0]] - 1
    return ranks
