"""Where the vertices of ordered layers stand: as little climbing as the order and the spaces between them allow.

The sum of w (y_a - y_b)^2 over all segments is made as small as it can be, subject to the order within each layer. One
layer at a time, the others held still, that is isotonic regression, solved exactly by pooling adjacent violators
(Barlow et al. 1972); in turns, it converges to the optimum of the whole. At last, what can be straight is made so.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf

from search_spaces.drawing.layering import Layering
from search_spaces.drawing.ordering import Order

ROUNDS = 60
STRAIGHT = 50.0
"""How much more a bend between two waypoints weighs than one at a box; with 1, lines climb a sixth more there."""


def place(layering: Layering, order: Order, heights: Mapping[int, float], gap: float) -> dict[int, float]:
    """Returns vertex -> its centre, in pixels from the top; `heights` in pixels, `gap` between two vertices."""
    pulls = _pulls(layering)
    centres: dict[int, float] = {}
    spacings = [[(heights[a] + heights[b]) / 2 + gap for a, b in pairwise(layer)] for layer in order]
    for layer, spacing in zip(order, spacings, strict=True):
        stacked = _cumulated(spacing)
        centres |= {vertex: y - stacked[-1] / 2 for vertex, y in zip(layer, stacked, strict=True)}

    for turn in range(ROUNDS):
        turns = range(len(order)) if turn % 2 == 0 else reversed(range(len(order)))
        for rank in turns:
            layer = order[rank]
            fitted = _fit([_pull(vertex, pulls, centres) for vertex in layer], spacings[rank])
            centres.update(zip(layer, fitted, strict=True))
    for trunk in layering.trunks:
        _straighten(trunk, order, spacings, centres)
    top = min((centres[vertex] - heights[vertex] / 2 for vertex in centres), default=0.0)
    return {vertex: centre - top for vertex, centre in centres.items()}


def _pulls(layering: Layering) -> dict[int, list[tuple[int, float]]]:
    """Returns vertex -> (neighbour, weight of the segment to it)."""
    pulls: dict[int, list[tuple[int, float]]] = {}
    for tail, head in layering.segments:
        weight = STRAIGHT if min(tail, head) >= layering.boxes else 1.0
        pulls.setdefault(tail, []).append((head, weight))
        pulls.setdefault(head, []).append((tail, weight))
    return pulls


def _pull(
    vertex: int, pulls: Mapping[int, Sequence[tuple[int, float]]], centres: Mapping[int, float]
) -> tuple[float, float]:
    """Returns where a vertex would like to stand and how much; one without neighbours stays."""
    found = pulls.get(vertex, [(vertex, 1.0)])
    weight = sum(weight for _, weight in found)
    return sum(centres[neighbour] * weight for neighbour, weight in found) / weight, weight


def _straighten(
    trunk: Sequence[int], order: Order, spacings: Sequence[Sequence[float]], centres: dict[int, float]
) -> None:
    """Moves the waypoints of a trunk to one height, where there is one that all of them can take."""
    lowest, highest = -inf, inf
    for layer, spacing in zip(order, spacings, strict=True):
        for position, vertex in enumerate(layer):
            if vertex not in trunk:
                continue
            if position > 0:
                lowest = max(lowest, centres[layer[position - 1]] + spacing[position - 1])
            if position < len(spacing):
                highest = min(highest, centres[layer[position + 1]] - spacing[position])
    if lowest <= highest:
        mean = sum(centres[vertex] for vertex in trunk) / len(trunk)
        centres.update(dict.fromkeys(trunk, min(max(mean, lowest), highest)))


def _fit(wishes: Sequence[tuple[float, float]], spacing: Sequence[float]) -> list[float]:
    """Returns the positions nearest to the wishes, (position, weight) each, with at least `spacing` between them."""
    offsets = _cumulated(spacing)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for (wish, weight), offset in zip(wishes, offsets, strict=True):
        pool = (wish - offset, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, total, count = pools.pop()
            joint = total + pool[1]
            pool = ((mean * total + pool[0] * pool[1]) / joint, joint, count + pool[2])
        pools.append(pool)
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _cumulated(spacing: Sequence[float]) -> list[float]:
    positions = [0.0]
    for space in spacing:
        positions.append(positions[-1] + space)
    return positions
