"""Candidates that the policy did not draw, and those among candidates that are new."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


def mutants(
    parents: Tensor, option_counts: Sequence[int], count: int, rate: float, generator: torch.Generator
) -> Tensor:
    """Returns `count` changed copies (count, T) of random ones of the parents (P, T).

    Of the C decisions that have more than one option, a random one of each copy is changed to another, and each of the
    others with a chance of `rate` / C. Where there are none, the copies are equal to their parents.
    """
    options = torch.tensor(option_counts)
    changeable = (options > 1).nonzero()[:, 0]
    children = parents[torch.randint(len(parents), (count,), generator=generator)]
    if not len(changeable):
        return children
    changed = torch.rand(children.shape, generator=generator) < rate / len(changeable)
    forced = changeable[torch.randint(len(changeable), (count, 1), generator=generator)]
    changed.scatter_(1, forced, True)
    shifts = 1 + (torch.rand(children.shape, generator=generator) * (options - 1)).long()
    shifts = shifts.minimum(options - 1)
    return torch.where(changed, (children + shifts) % options, children)


def uniform(option_counts: Sequence[int], count: int, generator: torch.Generator) -> Tensor:
    """Returns (count, T): every decision uniform."""
    options = torch.tensor(option_counts)
    draws = (torch.rand(count, len(options), generator=generator, dtype=torch.float64) * options).long()
    return draws.minimum(options - 1)


def unseen(tokens: Tensor, seen: Iterable[tuple[int, ...]]) -> Tensor:
    """Returns the distinct rows of (M, T) that are not among `seen`, in their order."""
    known = set(seen)
    kept: list[int] = []
    for index, row in enumerate(map(tuple, tokens.tolist())):
        if row not in known:
            known.add(row)
            kept.append(index)
    return tokens[kept]
