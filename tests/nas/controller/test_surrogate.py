"""The model of the reward against a Gaussian process computed the long way."""

import numpy as np
import pytest
import torch
from torch import Tensor

from nas.controller.surrogate import Posterior, Surrogate
from nas.controller.surrogate_kernel import Hyperparameters, Kernel, OneHot, log_posterior, prior_means

COUNTS = (4, 3, 3, 2)


def tokens(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randint(options, (count,), generator=generator) for options in COUNTS], 1)


def some_posterior() -> tuple[Posterior, Hyperparameters, Tensor, Tensor, Tensor]:
    code = OneHot(COUNTS)
    numbers = Hyperparameters(torch.tensor([0.3, 0.9, 0.2, 1.1], dtype=torch.float64), 1.2, 0.5, 0.07)
    known, scores = tokens(15, 1), torch.linspace(-2, 2, 15, dtype=torch.float64)
    known_noise = torch.linspace(0, 0.2, 15, dtype=torch.float64)
    return Posterior(code, numbers, code(known), scores, known_noise), numbers, known, scores, known_noise


def test_mean_and_covariance_are_those_of_a_dense_computation() -> None:
    posterior, numbers, known, scores, known_noise = some_posterior()
    code, asked = OneHot(COUNTS), tokens(9, 2)
    kernel = Kernel(code, numbers)
    among, across = (kernel(code(known), code(other)).numpy() for other in (known, asked))
    inverse = np.linalg.inv(among + np.diag(known_noise.numpy() + numbers.noise + 1e-6))
    expected_mean = across.T @ inverse @ scores.numpy()
    expected_covariance = kernel(code(asked), code(asked)).numpy() - across.T @ inverse @ across

    mean, covariance = posterior.joint(asked)
    assert np.allclose(mean.numpy(), expected_mean)
    assert np.allclose(covariance.numpy(), expected_covariance)
    marginal_mean, deviation = posterior.marginal(asked)
    assert np.allclose(marginal_mean.numpy(), expected_mean)
    assert np.allclose(deviation.numpy() ** 2, np.diag(expected_covariance))


def test_fitted_values_are_the_means_at_the_results() -> None:
    posterior, _, known, _, _ = some_posterior()
    assert torch.allclose(posterior.fitted, posterior.marginal(known)[0])


def test_fitting_raises_the_posterior_density() -> None:
    known = tokens(40, 3)
    scores = known[:, 0].double() - known[:, 0].double().mean()
    surrogate = Surrogate(COUNTS)
    noise = torch.zeros(40, dtype=torch.float64)
    densities = []
    for _ in range(4):
        surrogate.fit(known, scores, noise, steps=8)
        densities.append(
            log_posterior(
                OneHot(COUNTS), surrogate.save()["logarithms"], OneHot(COUNTS)(known), scores, noise
            )[0]
        )
    start = log_posterior(OneHot(COUNTS), prior_means(4), OneHot(COUNTS)(known), scores, noise)[0]
    assert [start, *densities] == sorted([start, *densities])


def test_the_decision_that_matters_gets_the_largest_weight() -> None:
    known = tokens(60, 4)
    scores = torch.tensor([-1.0, 1.0, 0.3, -0.5], dtype=torch.float64)[known[:, 0]]
    surrogate = Surrogate(COUNTS)
    surrogate.fit(known, scores, torch.zeros(60, dtype=torch.float64), steps=40)
    weights = surrogate.numbers.weights
    assert weights[0] > 3 * weights[1:].max()


def test_noise_that_is_known_keeps_the_model_from_believing_a_result() -> None:
    known = torch.zeros(1, 4, dtype=torch.int64)
    score = torch.tensor([2.0], dtype=torch.float64)
    sure, unsure = (
        Surrogate(COUNTS).fit(known, score, torch.tensor([noise], dtype=torch.float64), steps=0)
        for noise in (0.0, 5.0)
    )
    assert sure.fitted.item() > 1.8
    assert unsure.fitted.item() < 0.6


def test_equal_results_do_not_break_it() -> None:
    known = torch.zeros(30, 4, dtype=torch.int64)
    posterior = Surrogate(COUNTS).fit(
        known, torch.zeros(30, dtype=torch.float64), torch.zeros(30, dtype=torch.float64), steps=30
    )
    assert posterior.fitted.tolist() == pytest.approx([0.0] * 30, abs=1e-9)


def test_restored_goes_on_bit_for_bit() -> None:
    known, noise = tokens(20, 5), torch.zeros(20, dtype=torch.float64)
    scores = torch.linspace(-1, 1, 20, dtype=torch.float64)
    one, other = Surrogate(COUNTS), Surrogate(COUNTS)
    one.fit(known, scores, noise, steps=5)
    other.restore(one.save())
    for surrogate in (one, other):
        surrogate.fit(known, scores, noise, steps=3)
    assert all(torch.equal(tensor, other.save()[name]) for name, tensor in one.save().items())
