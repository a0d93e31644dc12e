"""Expected improvement on numbers known from elsewhere, and what a trial in work does to the others."""

import math
from statistics import NormalDist

import pytest
import torch
from torch import Tensor

from nas.controller.surrogate import Posterior, Surrogate
from nas.strategies.controller.shortlist import Shortlist, log_expected_improvement
from tests.nas.strategies.controller.samples import certain

COUNTS = (3, 3, 3)
NORMAL = NormalDist()


def tokens(*rows: tuple[int, ...]) -> Tensor:
    return torch.tensor(rows, dtype=torch.int64).reshape(-1, len(COUNTS))


def posterior(known: Tensor, scores: list[float]) -> Posterior:
    values = torch.tensor(scores, dtype=torch.float64)
    return Surrogate(COUNTS).fit(known, values, torch.zeros(len(scores), dtype=torch.float64), steps=0)


def improvement(mean: float, deviation: float, best: float) -> float:
    at = torch.tensor([[mean], [deviation]], dtype=torch.float64)
    return log_expected_improvement(at[0], at[1], best).item()


class TestExpectedImprovement:
    @pytest.mark.parametrize(
        ("mean", "deviation", "best"), [(0.0, 1.0, 0.0), (1.0, 0.5, 0.2), (-0.4, 0.3, 0.1), (-3.0, 1.0, 1.0)]
    )
    def test_is_the_closed_form(self, mean: float, deviation: float, best: float) -> None:
        z = (mean - best) / deviation
        expected = deviation * (NORMAL.pdf(z) + z * NORMAL.cdf(z))
        assert improvement(mean, deviation, best) == pytest.approx(math.log(expected), rel=1e-6)

    def test_at_the_best_it_is_the_deviation_over_the_root_of_two_pi(self) -> None:
        assert improvement(0.7, 2.0, 0.7) == pytest.approx(math.log(2 / math.sqrt(2 * math.pi)))

    def test_far_below_it_is_finite_and_follows_the_asymptote(self) -> None:
        z = -40.0
        expected = -0.5 * z**2 - 0.5 * math.log(2 * math.pi) - 2 * math.log(-z)
        assert improvement(z, 1.0, 0.0) == pytest.approx(expected, rel=1e-4)
        assert improvement(-41.0, 1.0, 0.0) < improvement(z, 1.0, 0.0)


class TestShortlist:
    def test_unranked_are_taken_in_order_and_once(self) -> None:
        shortlist = Shortlist.unranked(certain(tokens((0, 0, 0), (1, 1, 1), (2, 2, 2))))
        assert [shortlist.take() for _ in range(4)] == [0, 1, 2, None]

    def test_the_best_expected_improvement_comes_first(self) -> None:
        model = posterior(tokens((0, 0, 0), (2, 2, 2)), [1.5, -1.5])
        candidates = tokens((2, 2, 1), (0, 0, 1), (1, 1, 1))
        shortlist = Shortlist.ranked(model, certain(candidates), tokens())
        value = log_expected_improvement(*model.marginal(candidates), model.best)
        taken = [shortlist.take() for _ in range(3)]
        assert taken == value.argsort(descending=True).tolist()
        assert taken[0] == 1

    def test_what_is_in_work_lowers_the_deviations_as_a_result_would(self) -> None:
        known, scores = tokens((0, 0, 0), (2, 2, 2)), [1.0, -1.0]
        model = posterior(known, scores)
        candidates, work = tokens((0, 0, 1), (1, 1, 1)), tokens((0, 1, 1))
        shortlist = Shortlist.ranked(model, certain(candidates), work)
        believed = [*scores, model.marginal(work)[0].item()]
        told = posterior(torch.cat([known, work]), believed)
        mean, covariance = told.joint(candidates)
        assert torch.allclose(shortlist.tensors["mean"], mean)
        assert torch.allclose(shortlist.tensors["covariance"], covariance)

    def test_taking_one_makes_its_likes_less_attractive(self) -> None:
        """Of two pairs of close relatives, equally good, a batch of two holds one of each."""
        model = posterior(tokens((0, 0, 0)), [0.0])
        candidates = tokens((1, 1, 1), (1, 1, 2), (2, 2, 1), (2, 2, 2))
        shortlist = Shortlist.ranked(model, certain(candidates), tokens())
        first = shortlist.take()
        assert first == 0
        shortlist.expect(first)
        assert shortlist.take() in (2, 3)

    def test_a_rejected_candidate_leaves_the_others_as_they_are(self) -> None:
        model = posterior(tokens((0, 0, 0)), [0.0])
        shortlist = Shortlist.ranked(model, certain(tokens((1, 1, 1), (1, 1, 2))), tokens())
        before = shortlist.tensors["covariance"].clone()
        shortlist.take()
        assert torch.equal(before, shortlist.tensors["covariance"])
