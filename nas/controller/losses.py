"""Losses of the policy: pure functions of log-probabilities, advantages and entropies."""

from typing import NamedTuple

from torch import Tensor


class ReinforceDiagnostics(NamedTuple):
    """What a REINFORCE loss was made of."""

    importance_weights: Tensor
    """(B,): clipped exp(new - old): how much a result of an older policy counts."""
    entropy: Tensor
    """(): mean of the entropies, in nats."""


def reinforce_loss(
    new_log_probabilities: Tensor,
    old_log_probabilities: Tensor,
    advantages: Tensor,
    entropies: Tensor,
    *,
    entropy_weight: float,
    clip: float,
) -> tuple[Tensor, ReinforceDiagnostics]:
    """Returns the loss whose descent ascends expected advantage plus weighted entropy. All inputs are (B,).

        loss = -mean(weight * advantage * new) - entropy_weight * mean(entropy),    weight = min(exp(new - old), clip)

    Williams 1992, section 4, with the entropy bonus of Williams and Peng 1991. Where results come late, an older policy
    drew the samples: the weight, through which no gradient flows, turns the estimate into one for the present policy,
    and the clip bounds its variance (truncated importance sampling, Ionides 2008).
    """
    weights = (new_log_probabilities - old_log_probabilities).detach().exp().clamp(max=clip)
    entropy = entropies.mean()
    loss = -(weights * advantages * new_log_probabilities).mean() - entropy_weight * entropy
    return loss, ReinforceDiagnostics(weights, entropy.detach())
