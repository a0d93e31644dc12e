"""Losses of the policy: pure functions of log-probabilities, advantages and entropies, and how far a step went."""

from typing import NamedTuple

import torch
from torch import Tensor


class LossDiagnostics(NamedTuple):
    """What the loss of a policy gradient was made of."""

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
) -> tuple[Tensor, LossDiagnostics]:
    """Returns the loss whose descent ascends expected advantage plus weighted entropy. All inputs are (B,).

        loss = -mean(weight * advantage * new) - entropy_weight * mean(entropy),    weight = min(exp(new - old), clip)

    Williams 1992, section 4, with the entropy bonus of Williams and Peng 1991. Where results come late, an older policy
    drew the samples: the weight, through which no gradient flows, turns the estimate into one for the present policy,
    and the clip bounds its variance (truncated importance sampling, Ionides 2008).
    """
    weights = (new_log_probabilities - old_log_probabilities).detach().exp().clamp(max=clip)
    entropy = entropies.mean()
    loss = -(weights * advantages * new_log_probabilities).mean() - entropy_weight * entropy
    return loss, LossDiagnostics(weights, entropy.detach())


def ppo_loss(
    new_log_probabilities: Tensor,
    old_log_probabilities: Tensor,
    advantages: Tensor,
    entropies: Tensor,
    *,
    entropy_weight: float,
    clip: float,
) -> tuple[Tensor, LossDiagnostics]:
    """Returns the clipped surrogate of proximal policy optimisation. All inputs are (B,).

        loss = -mean(min(ratio * advantage, within * advantage)) - entropy_weight * mean(entropy),
        ratio = exp(new - old),    within = ratio, kept from 1 - clip to 1 + clip

    Schulman et al. 2017, section 3, equation 7. A sample whose ratio has left that range in the direction of its
    advantage has no gradient any more, so that several steps on the same results do not run away with them.
    """
    ratios = (new_log_probabilities - old_log_probabilities).exp()
    within = ratios.clamp(1 - clip, 1 + clip)
    entropy = entropies.mean()
    loss = -torch.minimum(ratios * advantages, within * advantages).mean() - entropy_weight * entropy
    return loss, LossDiagnostics(within.detach(), entropy.detach())


def queue_loss(log_probabilities: Tensor) -> Tensor:
    """Returns the negative mean log-likelihood of the best results so far, (K,); Abolafia et al. 2018, section 3.2."""
    return -log_probabilities.mean()


def kl_divergence(before: Tensor, after: Tensor) -> Tensor:
    """Returns the Kullback-Leibler divergence from one policy to another, in nats; both (T, B, K) `log_options`.

    For each decision the sum over all its options is exact; it is added up along the B given samples and then averaged.
    So it is the divergence of the whole policies as far as these samples are draws of the first, an unbiased estimate
    with less variance than one from the log-probabilities of the samples alone.
    """
    return (before.exp() * (before - after)).sum((0, 2)).mean()
