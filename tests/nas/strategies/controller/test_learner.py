"""The policy moves to what is rewarded, in imagination and in fact, and its records add up."""

import math

import pytest
import torch
from torch import Tensor

from nas.strategies.controller.learner import Learner
from nas.strategies.controller.results import Result
from nas.strategies.controller.settings import ControllerSettings
from nas.trial import PolicyUpdate
from search_spaces.spaces.toy import ToySpace

SPACE = ToySpace()
DECISIONS = len(SPACE.decisions)


def learner(seed: int = 0, **settings: float) -> Learner:
    generator = torch.Generator().manual_seed(seed)
    return Learner(SPACE, ControllerSettings(**settings), generator)  # type: ignore[arg-type]


def likes_ones(tokens: Tensor) -> Tensor:
    return tokens.double().sum(1) / 2


def nothing(tokens: Tensor) -> Tensor:
    return torch.zeros(len(tokens), dtype=torch.float64)


def chance(policy: Learner, tokens: tuple[int, ...]) -> float:
    return math.exp(policy.score(torch.tensor([tokens])).log_probabilities.item())


def results(policy: Learner) -> tuple[list[Result], dict[int, float]]:
    """Eight draws of the policy, of which those with more ones are better."""
    tokens = policy.draw(8)
    log_probabilities = policy.score(tokens).log_probabilities.tolist()
    rows = [tuple(row) for row in tokens.tolist()]
    told = [
        Result(number, row, (float(sum(row)),), 0.0, log_probability, policy.version)
        for number, (row, log_probability) in enumerate(zip(rows, log_probabilities, strict=True))
    ]
    return told, {number: sum(row) - DECISIONS / 2 for number, row in enumerate(rows)}


def test_probability_moves_to_what_the_model_rewards() -> None:
    policy = learner(entropy_weight=0.1)
    best = (1,) * DECISIONS
    before = chance(policy, best)
    for _ in range(12):
        policy.learn([], {}, likes_ones)
    assert chance(policy, best) > 20 * before
    assert policy.draw(200).double().mean() > 0.8


def test_probability_moves_to_what_was_good_in_fact() -> None:
    policy = learner(entropy_weight=0.0, imagined_steps=1)
    before = policy.draw(500).double().mean()
    for _ in range(40):
        policy.learn(*results(policy), nothing)
    assert policy.draw(500).double().mean() > before + 0.25


def test_entropy_keeps_a_policy_that_is_told_nothing_undecided() -> None:
    policy = learner()
    update = policy.learn([], {}, nothing)
    for _ in range(5):
        update = policy.learn([], {}, nothing)
    assert update.entropy == pytest.approx(DECISIONS * math.log(2), rel=0.02)


class TestRecord:
    def update(self) -> tuple[Learner, list[Result], dict[int, float], PolicyUpdate]:
        policy = learner(imagined_steps=3, imagined_results=16)
        told, scores = results(policy)
        policy.learn([], {}, likes_ones)  # so that the results are one update late
        told.append(Result(99, told[0].tokens, (0.0,), 0.0, None, None))  # proposed by nobody
        return policy, told, scores | {99: 0.0}, policy.learn(told, scores | {99: 0.0}, likes_ones)

    def test_says_what_was_learnt_from(self) -> None:
        _, told, scores, update = self.update()
        assert update.version == 2
        assert update.trials == tuple(range(8))
        assert update.scores == tuple(scores[number] for number in range(8))
        assert update.staleness == (1,) * 8
        assert update.imagined == 3 * 16
        assert update.old_log_probabilities == tuple(result.log_probability for result in told[:8])

    def test_its_numbers_follow_from_each_other(self) -> None:
        *_, update = self.update()
        assert update.advantages == pytest.approx(
            [score - baseline for score, baseline in zip(update.scores, update.baselines, strict=True)]
        )
        pairs = zip(update.old_log_probabilities, update.new_log_probabilities, strict=True)
        assert update.importance_weights == pytest.approx([min(math.exp(new - old), 2) for old, new in pairs])
        assert any(weight != 1 for weight in update.importance_weights)

    def test_divergence_is_positive_and_grows_with_the_steps(self) -> None:
        short = learner(imagined_steps=1).learn([], {}, likes_ones).kl
        assert 0 < short < learner(imagined_steps=6).learn([], {}, likes_ones).kl
