"""The learned model of the reward: a Gaussian process from decisions to scores, exact for the results it is given.

Rasmussen and Williams 2006, algorithm 2.1. It answers with a mean and a deviation, so that a policy can learn from
results that were only imagined and still go where little is known.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from nas.controller.surrogate_kernel import (
    JITTER,
    Hyperparameters,
    Kernel,
    OneHot,
    log_posterior,
    prior_means,
)

STEP = 0.1
"""Of Adam, in the logarithms of the hyper-parameters."""
DECAYS = (0.9, 0.99)
"""Of Adam's two moments; the second is shorter than usual as only a few steps are taken at a time."""


class Posterior:
    """What the model expects of architectures after the results it was fitted to."""

    def __init__(
        self, code: OneHot, numbers: Hyperparameters, rows: Tensor, scores: Tensor, known_noise: Tensor
    ) -> None:
        self._code, self._kernel, self._rows = code, Kernel(code, numbers), rows
        covariance = self._kernel(rows, rows)
        covariance.diagonal().add_(known_noise + (numbers.noise + JITTER))
        self._factor = torch.linalg.cholesky(covariance)  # (N, N)
        self._weights = torch.cholesky_solve(scores[:, None], self._factor)[:, 0]  # (N,)
        self.best = float(scores.max())
        """The highest score of the results, noise included."""
        self.noise = numbers.noise + JITTER
        self.fitted = scores - (known_noise + self.noise) * self._weights
        """(N,): means at the results themselves."""

    def marginal(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Returns means and deviations, (M,) each, for tokens (M, T)."""
        mean, explained, _ = self._given(tokens)
        variance = self._kernel.prior_variance - explained.square().sum(0)
        return mean, variance.clamp_(min=JITTER).sqrt_()

    def joint(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Returns means (M,) and covariances (M, M) for tokens (M, T)."""
        mean, explained, rows = self._given(tokens)
        return mean, self._kernel(rows, rows) - explained.T @ explained

    def _given(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns means (M,), the inverse factor times the covariances with the results (N, M), one-hot rows (M, F)."""
        rows = self._code(tokens)
        covariances = self._kernel(self._rows, rows)
        explained = torch.linalg.solve_triangular(self._factor, covariances, upper=False)
        return covariances.T @ self._weights, explained, rows


class Surrogate:
    """The model: hyper-parameters that follow the results by a few steps of gradient ascent at a time."""

    def __init__(self, option_counts: Sequence[int]) -> None:
        self._code = OneHot(option_counts)
        self._logarithms = prior_means(len(option_counts))
        self._moments = torch.zeros(2, len(self._logarithms), dtype=torch.float64)
        self._steps = 0

    @property
    def numbers(self) -> Hyperparameters:
        """The present hyper-parameters."""
        return Hyperparameters.of(self._logarithms)

    def fit(self, tokens: Tensor, scores: Tensor, known_noise: Tensor, steps: int) -> Posterior:
        """Takes `steps` steps towards the likeliest hyper-parameters, and returns the posterior under them.

        `tokens` (N, T); `scores` (N,) and `known_noise` (N,), variances in squared scores, in double precision.
        """
        rows = self._code(tokens)
        for _ in range(steps):
            self._ascend(log_posterior(self._code, self._logarithms, rows, scores, known_noise)[1])
        return Posterior(self._code, self.numbers, rows, scores, known_noise)

    def _ascend(self, gradient: Tensor) -> None:
        """One step of Adam (Kingma and Ba 2015, algorithm 1)."""
        self._steps += 1
        for moment, decay, value in zip(self._moments, DECAYS, (gradient, gradient.square()), strict=True):
            moment.lerp_(value, 1 - decay)
        mean, square = (
            moment / (1 - decay**self._steps) for moment, decay in zip(self._moments, DECAYS, strict=True)
        )
        self._logarithms = self._logarithms + STEP * mean / (square.sqrt() + 1e-8)

    def save(self) -> dict[str, Tensor]:
        """Returns the state as tensors."""
        return {
            "logarithms": self._logarithms,
            "moments": self._moments,
            "steps": torch.tensor(self._steps),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Takes back what `save` returned."""
        self._logarithms, self._moments = state["logarithms"], state["moments"].clone()
        self._steps = int(state["steps"])
