"""The kernel against its definition, and the gradient of the evidence against differences."""

import math

import pytest
import torch
from torch import Tensor

from nas.controller.surrogate_kernel import (
    Hyperparameters,
    Kernel,
    OneHot,
    log_posterior,
    prior_means,
)

COUNTS = (3, 4, 2)


def tokens(count: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randint(options, (count,), generator=generator) for options in COUNTS], 1)


def logarithms(seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return prior_means(len(COUNTS)) + 0.3 * torch.randn(
        len(COUNTS) + 4, generator=generator, dtype=torch.float64
    )


def test_one_hot_has_a_one_for_each_decision() -> None:
    rows = OneHot(COUNTS)(torch.tensor([[2, 0, 1], [0, 3, 0]]))
    assert rows.tolist() == [[0, 0, 1, 1, 0, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0, 1, 1, 0]]


def test_sums_by_decision() -> None:
    summed = OneHot(COUNTS).by_decision(torch.arange(9, dtype=torch.float64))
    assert summed.tolist() == [0 + 1 + 2, 3 + 4 + 5 + 6, 7 + 8]


def test_hyperparameters_are_read_from_their_logarithms() -> None:
    vector = torch.tensor([0.0, math.log(2), math.log(0.5), math.log(3), 0.0, math.log(0.1), math.log(0.2)])
    numbers = Hyperparameters.of(vector.double())
    assert numbers.weights.tolist() == pytest.approx([3, 6, 1.5])
    assert numbers[1:] == pytest.approx((1, 0.1, 0.2))


def test_kernel_is_what_the_formula_says() -> None:
    numbers = Hyperparameters(torch.tensor([0.2, 0.5, 1.3], dtype=torch.float64), 1.7, 0.4, 0.1)
    code = OneHot(COUNTS)
    one, other = tokens(6, 1), tokens(5, 2)
    covariances = Kernel(code, numbers)(code(one), code(other))
    for i, x in enumerate(one.tolist()):
        for j, y in enumerate(other.tolist()):
            weights = list(zip(x, y, numbers.weights.tolist(), strict=True))
            distance = sum(weight for a, b, weight in weights if a != b)
            shared = sum(weight for a, b, weight in weights if a == b) / 2.0
            assert covariances[i, j].item() == pytest.approx(1.7 * math.exp(-distance) + 0.4 * shared)


def test_variance_of_one_architecture_is_the_prior_variance() -> None:
    code = OneHot(COUNTS)
    kernel = Kernel(code, Hyperparameters.of(logarithms()))
    rows = code(tokens(4))
    assert torch.allclose(
        kernel(rows, rows).diagonal(), torch.tensor(kernel.prior_variance, dtype=torch.float64)
    )


@pytest.mark.parametrize("index", range(len(COUNTS) + 4))
def test_gradient_is_that_of_the_value(index: int) -> None:
    code, rows = OneHot(COUNTS), OneHot(COUNTS)(tokens(20))
    generator = torch.Generator().manual_seed(7)
    scores = torch.randn(20, generator=generator, dtype=torch.float64)
    known_noise = 0.1 * torch.rand(20, generator=generator, dtype=torch.float64)
    at = logarithms(3)
    step = torch.zeros_like(at)
    step[index] = 1e-5
    above, _ = log_posterior(code, at + step, rows, scores, known_noise)
    below, _ = log_posterior(code, at - step, rows, scores, known_noise)
    _, gradient = log_posterior(code, at, rows, scores, known_noise)
    assert gradient[index].item() == pytest.approx((above - below) / 2e-5, rel=1e-4, abs=1e-6)


def test_value_is_the_normal_density_of_the_scores_and_the_priors() -> None:
    code, rows = OneHot(COUNTS), OneHot(COUNTS)(tokens(8))
    scores, known_noise = torch.linspace(-1, 1, 8, dtype=torch.float64), torch.full((8,), 0.3).double()
    at = prior_means(len(COUNTS))  # where the priors add nothing
    value, _ = log_posterior(code, at, rows, scores, known_noise)
    numbers = Hyperparameters.of(at)
    covariance = Kernel(code, numbers)(rows, rows) + torch.eye(8).double() * (numbers.noise + 1e-6 + 0.3)
    density = torch.distributions.MultivariateNormal(torch.zeros(8).double(), covariance).log_prob(scores)
    assert value == pytest.approx(density.item() + 4 * math.log(2 * math.pi))
