"""The order of vertices within their layers: few crossings by barycentre sweeps and exchanges of neighbours.

Sugiyama, Tagawa and Toda 1981 (barycentres); Gansner, Koutsofios, North and Vo 1993, section 3 (exchanges).
Deterministic: ties keep the order that was there.
"""

from collections.abc import Sequence
from itertools import combinations

from search_spaces.drawing.layering import Layering

SWEEPS = 12

Order = list[list[int]]


def reduce_crossings(layering: Layering) -> Order:
    """Returns the layers, each reordered so that segments cross seldom."""
    left, right = neighbours(layering.segments)
    order = [list(layer) for layer in layering.layers]
    best, fewest = [list(layer) for layer in order], count_crossings(order, layering.segments)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        fixed = left if forward else right
        for rank in range(len(order)) if forward else reversed(range(len(order))):
            beside = rank - 1 if forward else rank + 1
            if 0 <= beside < len(order):
                _sort_by_barycentre(order[rank], order[beside], fixed)
        _exchange_neighbours(order, (left, right))
        crossings = count_crossings(order, layering.segments)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in order], crossings
    return best


def neighbours(segments: Sequence[tuple[int, int]]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Returns vertex -> its neighbours in the layer to the left, and the same to the right."""
    left: dict[int, list[int]] = {}
    right: dict[int, list[int]] = {}
    for tail, head in segments:
        right.setdefault(tail, []).append(head)
        left.setdefault(head, []).append(tail)
    return left, right


def count_crossings(order: Order, segments: Sequence[tuple[int, int]]) -> int:
    """Returns how many pairs of segments between the same two layers cross."""
    place = {
        vertex: (rank, position) for rank, layer in enumerate(order) for position, vertex in enumerate(layer)
    }
    ends = [(place[tail], place[head]) for tail, head in segments]
    return sum(
        tail[0] == other_tail[0] and (tail[1] - other_tail[1]) * (head[1] - other_head[1]) < 0
        for (tail, head), (other_tail, other_head) in combinations(ends, 2)
    )


def _sort_by_barycentre(layer: list[int], fixed: Sequence[int], neighbour: dict[int, list[int]]) -> None:
    """Sorts a layer by the mean position of each vertex's neighbours; one without neighbours keeps its own position."""
    position = {vertex: place for place, vertex in enumerate(fixed)}
    own = {vertex: float(place) for place, vertex in enumerate(layer)}

    def barycentre(vertex: int) -> float:
        beside = neighbour.get(vertex, ())
        return sum(position[v] for v in beside) / len(beside) if beside else own[vertex]

    layer.sort(key=barycentre)


def _exchange_neighbours(order: Order, sides: tuple[dict[int, list[int]], dict[int, list[int]]]) -> None:
    """Exchanges vertices that stand next to each other for as long as that saves crossings."""
    place = {vertex: position for layer in order for position, vertex in enumerate(layer)}

    def crossings(upper: int, lower: int) -> int:
        return sum(
            place[a] > place[b] for side in sides for a in side.get(upper, ()) for b in side.get(lower, ())
        )

    improved = True
    while improved:
        improved = False
        for layer in order:
            for position in range(len(layer) - 1):
                upper, lower = layer[position : position + 2]
                if crossings(upper, lower) > crossings(lower, upper):
                    layer[position], layer[position + 1] = lower, upper
                    place[upper], place[lower] = position + 1, position
                    improved = True
