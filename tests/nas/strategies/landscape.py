"""A made-up accuracy for every architecture of a space: what single decisions are worth, and what pairs of them add."""

from collections.abc import Callable
from itertools import pairwise
from random import Random

from search_spaces.architecture import Architecture
from search_spaces.space import Space


def landscape(space: Space, seed: int) -> Callable[[Architecture], float]:
    """Returns a function from 0 to 1: normally distributed worths of each option, and half as large ones of each
    pair of options in neighbouring decisions, their sum divided by its largest possible value.
    """
    rng = Random(seed)
    counts = [len(decision.options) for decision in space.decisions]
    single = [[rng.gauss(0, 1) for _ in range(count)] for count in counts]
    pair = [[[rng.gauss(0, 0.5) for _ in range(b)] for _ in range(a)] for a, b in pairwise(counts)]

    def worth(architecture: Architecture) -> float:
        tokens = architecture.tokens
        alone = sum(table[token] for table, token in zip(single, tokens, strict=True))
        together = sum(table[a][b] for table, a, b in zip(pair, tokens, tokens[1:], strict=False))
        return alone + together

    best = [0.0] * counts[
        -1
    ]  # of what follows a decision, for each of its options: dynamic programming from the end
    worst = [0.0] * counts[-1]
    for position in range(len(counts) - 1, 0, -1):
        steps = [
            [pair[position - 1][a][b] + single[position][b] for b in range(counts[position])]
            for a in range(counts[position - 1])
        ]
        best = [max(step + after for step, after in zip(row, best, strict=True)) for row in steps]
        worst = [min(step + after for step, after in zip(row, worst, strict=True)) for row in steps]
    highest = max(first + after for first, after in zip(single[0], best, strict=True))
    lowest = min(first + after for first, after in zip(single[0], worst, strict=True))
    return lambda architecture: (worth(architecture) - lowest) / (highest - lowest)
