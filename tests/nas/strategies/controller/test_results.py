"""What the model is fitted to: scores, known noise, and which results are kept when there are too many."""

import math
from random import Random

import pytest
import torch

from nas.rewards import normal_scores
from nas.strategies.controller.results import Result, experience, result_of
from nas.trial import Trial, TrialState
from search_spaces.architecture import Architecture
from workers.job import FailureKind

FAILED = float("-inf")


def result(number: int, *values: float, variance: float = 0.0) -> Result:
    return Result(number, (number % 3, number % 5), values, variance, -1.0, 0)


def trial(**fields: object) -> Trial:
    plain: dict[str, object] = {
        "trial_id": 1,
        "search_id": 1,
        "number": 4,
        "architecture": Architecture("toy", (0, 1)),
        "canonical_key": "",
        "seed": 0,
        "state": TrialState.COMPLETED,
        "asked_event": 1,
    }
    return Trial(**(plain | fields))  # type: ignore[arg-type]


class TestResultOf:
    def test_a_result_has_its_values_and_variance(self) -> None:
        told = result_of(trial(reward=0.9, objectives=(0.9, -3.0), reward_variance=0.01, policy_version=2))
        assert told is not None
        assert (told.number, told.values, told.variance, told.policy_version) == (4, (0.9, -3.0), 0.01, 2)

    def test_a_failed_child_is_worse_than_any(self) -> None:
        told = result_of(trial(failure=FailureKind.ERROR, state=TrialState.FAILED))
        assert told is not None
        assert told.values == (FAILED,)

    def test_a_failure_of_the_machinery_says_nothing(self) -> None:
        (kind,) = [kind for kind in FailureKind if kind.is_infrastructure][:1]
        assert result_of(trial(failure=kind, state=TrialState.FAILED)) is None


class TestExperience:
    def test_scores_are_normal_scores_in_order_of_numbers(self) -> None:
        told = [result(2, 0.5), result(0, 0.9), result(1, FAILED)]
        data, by_number = experience(told, 10)
        assert data.scores.tolist() == normal_scores([0.9, FAILED, 0.5])
        assert by_number == dict(enumerate(normal_scores([0.9, FAILED, 0.5])))
        assert data.tokens.tolist() == [[0, 0], [1, 1], [2, 2]]

    def test_the_scale_of_the_values_does_not_matter(self) -> None:
        fractions = [result(number, 0.1 * number**2) for number in range(5)]
        percents = [result(number, 10.0 * number**2) for number in range(5)]
        assert torch.equal(experience(fractions, 10)[0].scores, experience(percents, 10)[0].scores)

    def test_several_objectives_are_ranked_by_fronts(self) -> None:
        told = [result(0, 1.0, 1.0), result(1, 0.0, 0.0), result(2, 0.5, 0.5)]
        scores = experience(told, 10)[0].scores
        assert scores.argsort().tolist() == [1, 2, 0]

    def test_order_of_arrival_makes_no_difference(self) -> None:
        told = [result(number, math.sin(number)) for number in range(40)]
        shuffled = told.copy()
        Random(0).shuffle(shuffled)
        for one, other in zip(experience(told, 25)[0], experience(shuffled, 25)[0], strict=True):
            assert torch.equal(one, other)

    def test_known_variances_are_in_squared_scores(self) -> None:
        """Values 10 times as far apart as normal deviates: a variance of 4 is one of 0.04 in scores."""
        deviates = normal_scores([float(number) for number in range(201)])
        told = [result(number, 10 * deviate, variance=4.0) for number, deviate in enumerate(deviates)]
        noise = experience(told, 500)[0].known_noise
        assert noise.tolist() == pytest.approx([0.04] * 201, rel=0.02)

    def test_where_most_values_are_tied_known_variances_are_by_the_slope(self) -> None:
        """Of 20, 16 got no further than chance: the line goes through their scores and that of the other four."""
        values = [0.1] * 16 + [0.6] * 4
        told = [result(number, value, variance=0.01) for number, value in enumerate(values)]
        data, scores = experience(told, 500)
        slope = (scores[19] - scores[0]) / (0.6 - 0.1)
        assert slope > 1
        assert data.known_noise.tolist() == pytest.approx([0.01 * slope**2] * 20)

    def test_with_several_objectives_no_noise_is_known(self) -> None:
        told = [result(number, 0.1 * number, -number % 3, variance=1.0) for number in range(9)]
        assert experience(told, 500)[0].known_noise.tolist() == [0.0] * 9

    @pytest.mark.parametrize("values", [[0.1] * 9, [FAILED] * 9, [FAILED] * 8 + [0.3]])
    def test_ties_and_failures_alone_have_no_scale(self, values: list[float]) -> None:
        told = [result(number, value, variance=1.0) for number, value in enumerate(values)]
        assert experience(told, 500)[0].known_noise.tolist() == [0.0] * 9

    def test_of_too_many_the_best_the_newest_and_some_of_the_rest_are_kept(self) -> None:
        told = [result(number, -abs(number - 100.0)) for number in range(400)]
        tokens = {number: (number,) for number in range(400)}
        marked = [Result(one.number, tokens[one.number], one.values, 0.0, None, None) for one in told]
        kept = set(experience(marked, 80)[0].tokens[:, 0].tolist())
        assert len(kept) == 80
        assert set(range(81, 120)) <= kept  # the best
        assert set(range(380, 400)) <= kept  # the newest
        assert len(kept & set(range(80))) >= 3
        assert len(kept & set(range(121, 380))) >= 10

    def test_scores_are_of_the_ranks_among_all(self) -> None:
        told = [result(number, float(number)) for number in range(50)]
        assert experience(told, 10)[0].scores[-1] == pytest.approx(max(normal_scores(list(range(50)))))
