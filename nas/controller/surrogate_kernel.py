"""How alike two architectures are to the learned model: a kernel on their decisions, and what its numbers should be.

    k(x, y) = s^2 exp(-sum_t w_t [x_t differs from y_t])  +  a^2 sum_t v_t [x_t = y_t],        v_t = w_t / sum_t w_t

The first term is a product over decisions, so it holds interactions of every order, the fewer decisions in one the more
of it; w_t tells how much hangs on decision t (automatic relevance, Rasmussen and Williams 2006, section 5.1). It is the
covariance that Kauffman's NK landscapes have in the mean over their wirings. The second is what each option is worth by
itself, which few results tell already where decisions are many.

Everything is a matrix product of one-hot codes: [x_t = y_t] summed over t is one, and so is each derivative.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

DISTANCE = 3.0
"""What the weights w_t sum to, if nothing else is known: a result tells little about one that shares no choice."""
SPREAD_OF_SUM, SPREAD_OF_ONE = 1.0, 0.7
"""Standard deviations of the logarithm of that sum and of one weight around the others: weak log-normal priors."""
ADDITIVE, SPREAD_OF_ADDITIVE = 0.3, 1.0
"""Median of a^2, and the standard deviation of its logarithm. Scores have variance 1."""
SIGNAL, SPREAD_OF_SIGNAL = 1.0, 1.0
"""The same of s^2."""
NOISE, SPREAD_OF_NOISE = 0.05, 1.0
"""The same of the variance of the noise."""
JITTER = 1e-6
"""Added to the noise, so that the Cholesky decomposition of equal rows exists."""


class OneHot:
    """Codes tokens of `T` decisions as rows of `F` zeros and ones, one for each option of each decision."""

    def __init__(self, option_counts: Sequence[int]) -> None:
        counts = torch.tensor(option_counts)
        self.decisions = len(counts)
        self.features = int(counts.sum())
        self.decision_of = torch.repeat_interleave(torch.arange(len(counts)), counts)  # (F,)
        self._offsets = counts.cumsum(0) - counts  # (T,)

    def __call__(self, tokens: Tensor) -> Tensor:
        """Returns (N, F) in double precision for tokens (N, T)."""
        return torch.zeros(len(tokens), self.features, dtype=torch.float64).scatter_(
            1, tokens + self._offsets, 1.0
        )

    def by_decision(self, features: Tensor) -> Tensor:
        """Returns (T,): the sums of (F,) over the options of each decision."""
        return torch.zeros(self.decisions, dtype=torch.float64).index_add_(0, self.decision_of, features)


class Hyperparameters(NamedTuple):
    """The numbers of the kernel, from the vector of their logarithms that is fitted, (T + 4,)."""

    weights: Tensor
    """(T,): w_t."""
    signal: float
    """s^2."""
    additive: float
    """a^2."""
    noise: float
    """Variance of what is no property of the architecture, in squared scores."""

    @classmethod
    def of(cls, logarithms: Tensor) -> "Hyperparameters":
        """Reads the logarithms of: w_t around their common level, that level, s^2, a^2, noise."""
        signal, additive, noise = logarithms[-3:].exp().tolist()
        return cls((logarithms[:-4] + logarithms[-4]).exp(), signal, additive, noise)


def prior_means(decisions: int) -> Tensor:
    """Returns the logarithms that fitting starts from and is drawn back to, (T + 4,)."""
    level = math.log(DISTANCE / decisions)
    tail = [level, math.log(SIGNAL), math.log(ADDITIVE), math.log(NOISE)]
    return torch.tensor([0.0] * decisions + tail, dtype=torch.float64)


def prior_precisions(decisions: int) -> Tensor:
    """Returns one over the prior variances of the logarithms, (T + 4,)."""
    spreads = [SPREAD_OF_ONE] * decisions
    spreads += [SPREAD_OF_SUM, SPREAD_OF_SIGNAL, SPREAD_OF_ADDITIVE, SPREAD_OF_NOISE]
    return torch.tensor(spreads, dtype=torch.float64) ** -2


class Kernel:
    """k for given hyper-parameters, on one-hot rows."""

    def __init__(self, code: OneHot, numbers: Hyperparameters) -> None:
        self.code, self.numbers = code, numbers
        self.total = numbers.weights.sum()
        self.shares = numbers.weights / self.total  # (T,): v_t
        self._feature_weights = numbers.weights[code.decision_of]  # (F,)
        self.prior_variance = numbers.signal + numbers.additive

    def parts(self, one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """Returns both terms of the covariances, (N, M) each, of rows (N, F) with rows (M, F)."""
        shared = (one * self._feature_weights) @ other.T
        additive = shared * (self.numbers.additive / self.total)
        return shared.sub_(self.total).exp_().mul_(self.numbers.signal), additive

    def __call__(self, one: Tensor, other: Tensor) -> Tensor:
        """Returns the covariances (N, M)."""
        product, additive = self.parts(one, other)
        return product.add_(additive)


def log_posterior(
    code: OneHot, logarithms: Tensor, rows: Tensor, scores: Tensor, known_noise: Tensor
) -> tuple[float, Tensor]:
    """Returns the logarithm of the posterior density of the hyper-parameters, up to a constant, and its gradient.

    Rasmussen and Williams 2006, equations 5.8 and 5.9, plus the priors. `rows` (N, F), `scores` (N,), `known_noise`
    (N,) the variances that come on top of the fitted one; the gradient is by the logarithms, (T + 4,).
    """
    numbers = Hyperparameters.of(logarithms)
    kernel = Kernel(code, numbers)
    product, additive = kernel.parts(rows, rows)
    covariance = product + additive
    covariance.diagonal().add_(known_noise + (numbers.noise + JITTER))
    factor = torch.linalg.cholesky(covariance)
    weights = torch.cholesky_solve(scores[:, None], factor)  # (N, 1)
    outer = (
        (weights @ weights.T).sub_(torch.cholesky_inverse(factor)).mul_(0.5)
    )  # d likelihood / d covariance

    from_product = outer * product
    towards = from_product.sum() - code.by_decision((rows * (from_product @ rows)).sum(0))
    by_shares = code.by_decision((rows * (outer @ rows)).sum(0)) * kernel.shares
    by_weights = -numbers.weights * towards
    by_weights += numbers.additive * (by_shares - kernel.shares * by_shares.sum())
    gradient = torch.empty_like(logarithms)
    gradient[:-4] = by_weights
    gradient[-4] = by_weights.sum()
    gradient[-3] = from_product.sum()
    gradient[-2] = (outer * additive).sum()
    gradient[-1] = outer.diagonal().sum() * numbers.noise

    away = logarithms - prior_means(code.decisions)
    drawn_back = prior_precisions(code.decisions) * away
    likelihood = -0.5 * (scores @ weights[:, 0]) - factor.diagonal().log().sum()
    return float(likelihood - 0.5 * (drawn_back @ away)), gradient - drawn_back
