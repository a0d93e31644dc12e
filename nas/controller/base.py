"""What all policies share: they draw tokens with noise of their own, and score tokens, drawn or given, in one way."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

IMPOSSIBLE = -1e9
"""Logit of an option that a decision does not have. Finite, so that its probability of 0 has an entropy of 0."""


class PolicySample(NamedTuple):
    """What a policy chose, or was given, and what it thinks of it. `B` samples, `T` decisions, `K` options at most."""

    tokens: Tensor
    """(B, T), int64: the option of each decision."""
    log_probabilities: Tensor
    """(B,): natural logarithm of the probability of all tokens of the sample together, under the policy itself."""
    entropies: Tensor
    """(B,): entropy of each decision given those before it, summed over the decisions, in nats."""
    log_options: Tensor
    """(T, B, K): log-probability of every option of each decision given the tokens before it."""

    @property
    def log_chosen(self) -> Tensor:
        """(B, T): log-probability of each decision given those before it; their sum is `log_probabilities`."""
        return _of_tokens(self.log_options, self.tokens)[:, :, 0].t()


class Policy(nn.Module, ABC):
    """A distribution over sequences of categorical decisions, that can be drawn from and trained.

    It knows how many options each decision has, not what they mean: decoding belongs to the space.
    """

    padding: Tensor
    """(T, 1, K): 0 for an option of the decision, `IMPOSSIBLE` for what only fills the row."""

    def __init__(self, option_counts: Sequence[int]) -> None:
        super().__init__()
        self.option_counts = tuple(option_counts)
        counts = torch.tensor(self.option_counts)[:, None, None]
        padding = torch.where(torch.arange(max(option_counts)) < counts, 0.0, IMPOSSIBLE)
        self.register_buffer("padding", padding, persistent=False)

    @abstractmethod
    def logits(self, tokens: Tensor) -> Tensor:
        """Returns (T, B, K): of every option of each decision, given those of `tokens` (B, T) before it."""

    @abstractmethod
    def draw(self, noise: Tensor) -> Tensor:
        """Returns tokens (B, T): for each decision the option of the highest logit plus `noise` (T, B, K)."""

    def forward(
        self,
        tokens: Tensor | None = None,
        *,
        count: int = 1,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> PolicySample:
        """Scores `tokens` (B, T), or draws `count` samples with `generator` where there are none.

        Drawing only finds tokens; they are then scored by the same code as given ones, so both agree (to rounding,
        which depends on how many there are), and only the scoring has a gradient. Drawing at a `temperature` takes
        every logit divided by it: above 1 is closer to uniform. The log-probability returned is the policy's own all
        the same, not that of what was drawn from.
        """
        if tokens is None:
            with torch.no_grad():
                tokens = self.draw(self._noise(count, generator, temperature))
        log_options = (self.logits(tokens) + self.padding).log_softmax(2)
        entropies = (log_options.exp() * log_options).sum((0, 2)).neg()
        return PolicySample(tokens, _of_tokens(log_options, tokens).sum((0, 2)), entropies, log_options)

    def _noise(self, count: int, generator: torch.Generator | None, temperature: float) -> Tensor:
        """Returns Gumbel noise (T, B, K): the highest of logit plus noise is a draw of the softmax (Gumbel 1954).

        Sample by sample, so that a few draws and then a few more are the same as all of them at once.
        """
        decisions, _, options = self.padding.shape
        uniform = torch.rand(count, decisions, options, generator=generator)
        uniform.clamp_(min=torch.finfo(uniform.dtype).tiny)  # of a 0, the noise would lie below the padding
        return uniform.log_().neg_().log_().mul_(-temperature).transpose(0, 1) + self.padding


def initialise(policy: Policy, largest: float, generator: torch.Generator) -> None:
    """Gives every weight of a policy that was made on the meta device a uniform number within plus or minus `largest`.

    Torch's global generator is left alone.
    """
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.uniform_(-largest, largest, generator=generator)


def _of_tokens(log_options: Tensor, tokens: Tensor) -> Tensor:
    """Returns (T, B, 1): those of the log-probabilities (T, B, K) that belong to the tokens (B, T)."""
    return log_options.gather(2, tokens.t()[:, :, None])
