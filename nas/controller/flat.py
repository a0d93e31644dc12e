"""The policy without memory: every decision has logits of its own, whatever the others are.

The REINFORCE of Dong and Yang 2020 (NAS-Bench-201) learns such a table.
"""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn

from nas.controller.base import Policy


@final
class FlatPolicy(Policy):
    """Independent decisions: `table` (T, 1, K) holds their logits, all 0 at first, which is uniform."""

    def __init__(self, option_counts: Sequence[int]) -> None:
        super().__init__(option_counts)
        self.table = nn.Parameter(torch.zeros_like(self.padding))

    def logits(self, tokens: Tensor) -> Tensor:  # noqa: D102
        return self.table.expand(-1, len(tokens), -1)

    def draw(self, noise: Tensor) -> Tensor:  # noqa: D102
        return (self.table + noise).argmax(2).t()
