"""Candidates for the next trials: ranked by expected improvement, chosen so that trials in parallel spread."""

import math

import torch
from torch import Tensor

from nas.controller.base import PolicySample
from nas.controller.surrogate import Posterior

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


def log_expected_improvement(mean: Tensor, deviation: Tensor, best: float) -> Tensor:
    """Returns the logarithm of E[max(f - best, 0)] for f normal with these means and deviations, element by element.

    With z = (mean - best) / deviation it is log deviation + log(phi(z) + z Phi(z)) (Mockus et al. 1978); the second
    term is computed so that it does not underflow where z is far below 0 (Ament et al. 2023, section 4.1).
    """
    z = (mean - best) / deviation
    near = z.clamp(min=-1)
    direct = (torch.exp(-0.5 * near.square() - _LOG_SQRT_2PI) + near * torch.special.ndtr(near)).log()
    far = z.clamp(max=-1)
    mills = math.sqrt(math.pi / 2) * torch.special.erfcx(far / -math.sqrt(2))  # Phi(z) / phi(z)
    tail = -0.5 * far.square() - _LOG_SQRT_2PI + torch.log1p((far * mills).clamp(min=-1 + 1e-12))
    return deviation.log() + torch.where(z > -1, direct, tail)


class Shortlist:
    """Candidates not yet proposed, with what the model expects of them given all that is in work.

    | tensor            | shape  | meaning                                                        |
    |-------------------|--------|----------------------------------------------------------------|
    | tokens            | (M, T) | the candidates                                                 |
    | log_probabilities | (M,)   | of the policy that is to be credited with them                 |
    | log_chosen        | (M, T) | the same of each decision                                      |
    | mean              | (M,)   | expected scores                                                |
    | covariance        | (M, M) | of their scores, less what the results in work will explain    |
    | is_open           | (M,)   | whether the candidate has not been taken                       |
    | level             | (2,)   | score to improve upon; variance of the noise                   |
    """

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        self.tensors = tensors

    @classmethod
    def unranked(cls, sample: PolicySample) -> "Shortlist":
        """Returns candidates of which nothing is known: they are taken in their order."""
        count = len(sample.tokens)
        return cls(
            {
                "tokens": sample.tokens,
                "log_probabilities": sample.log_probabilities,
                "log_chosen": sample.log_chosen.contiguous(),
                "mean": torch.zeros(count, dtype=torch.float64),
                "covariance": torch.zeros(count, count, dtype=torch.float64),
                "is_open": torch.ones(count, dtype=torch.bool),
                "level": torch.tensor([0.0, 1.0], dtype=torch.float64),
            }
        )

    @classmethod
    def ranked(cls, posterior: Posterior, sample: PolicySample, in_work: Tensor) -> "Shortlist":
        """Returns candidates with the posterior, given that there will be results for `in_work` (W, T)."""
        shortlist = cls.unranked(sample)
        count = len(sample.tokens)
        mean, covariance = posterior.joint(torch.cat([sample.tokens, in_work]))
        for index in range(count, len(covariance)):
            _explain(covariance, index, posterior.noise)
        shortlist.tensors |= {
            "mean": mean[:count].contiguous(),
            "covariance": covariance[:count, :count].contiguous(),
            "level": torch.tensor([posterior.best, posterior.noise], dtype=torch.float64),
        }
        return shortlist

    def log_probability(self, index: int) -> tuple[float, tuple[float, ...]]:
        """Returns that of a candidate, and of each of its decisions; none of these from an older version's state."""
        log_chosen = self.tensors.get("log_chosen")
        decisions = () if log_chosen is None else tuple(log_chosen[index].tolist())
        return float(self.tensors["log_probabilities"][index]), decisions

    def take(self) -> int | None:
        """Returns the index of the best candidate that is left and strikes it off; None when none is left."""
        covariance, is_open = self.tensors["covariance"], self.tensors["is_open"]
        if not is_open.any():
            return None
        deviation = covariance.diagonal().clamp(min=1e-6).sqrt()
        value = log_expected_improvement(self.tensors["mean"], deviation, float(self.tensors["level"][0]))
        index = int(value.masked_fill(~is_open, -math.inf).argmax())
        is_open[index] = False
        return index

    def expect(self, index: int) -> None:
        """Takes into account that there will be a result for a candidate."""
        _explain(self.tensors["covariance"], index, float(self.tensors["level"][1]))


def _explain(covariance: Tensor, index: int, noise: float) -> None:
    """Subtracts from (M, M), in place, what an observation of one element with this noise will explain.

    The mean stays: the result is expected to be what the model expects (the kriging believer of Ginsbourger et al.
    2010, section 4.2). No value is needed for what becomes of the variances.
    """
    column = covariance[:, index].clone()
    covariance.addr_(column, column, alpha=-1.0 / (float(column[index].clamp(min=0)) + noise))
