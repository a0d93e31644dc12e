"""Candidates that the policy did not draw, and those among candidates that are new."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


def mutants(
    parents: Tensor, option_counts: Sequence[int], count: int, rate: float, generator: torch.Generator
) -> Tensor:
    """Returns `count` changed copies (count, T) of random ones of the parents (P, T).

    One random decision of each is changed to another option, and each of the others with a chance of `rate` / T.
    """
    decisions = parents.shape[1]
    children = parents[torch.randint(len(parents), (count,), generator=generator)]
    changed = torch.rand(count, decisions, generator=generator) < rate / decisions
    forced = torch.randint(decisions, (count, 1), generator=generator)
    changed.scatter_(1, forced, True)
    options = torch.tensor(option_counts)
    shifts = 1 + (torch.rand(count, decisions, generator=generator) * (options - 1)).long()
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
