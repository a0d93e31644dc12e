"""The policy draws what it says it draws, and scores it again the same way."""

import math
from itertools import product

import pytest
import torch

from nas.controller.policy import INITIAL_WEIGHT, LstmPolicy

COUNTS = (3, 1, 5, 2)


def policy(seed: int = 0, counts: tuple[int, ...] = COUNTS, hidden: int = 8) -> LstmPolicy:
    return LstmPolicy(counts, hidden=hidden, embedding=4, generator=torch.Generator().manual_seed(seed))


def peaked(counts: tuple[int, ...] = COUNTS) -> LstmPolicy:
    """A policy whose probabilities differ widely: initial weights scaled up."""
    network = policy(counts=counts)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(12)
    return network


def all_tokens(counts: tuple[int, ...]) -> torch.Tensor:
    return torch.tensor(list(product(*map(range, counts))))


def test_shapes_and_ranges() -> None:
    sample = policy()(count=7, generator=torch.Generator().manual_seed(1))
    assert sample.tokens.shape == (7, 4)
    assert sample.tokens.dtype == torch.int64
    assert sample.log_probabilities.shape == sample.entropies.shape == (7,)
    assert ((sample.tokens >= 0) & (sample.tokens < torch.tensor(COUNTS))).all()


def test_scoring_again_gives_the_log_probability_of_drawing() -> None:
    network = peaked()
    drawn = network(count=64, generator=torch.Generator().manual_seed(1))
    scored = network(drawn.tokens)
    assert torch.equal(scored.log_probabilities, drawn.log_probabilities)
    assert torch.equal(scored.entropies, drawn.entropies)
    assert drawn.log_probabilities.unique().numel() > 5


def test_scoring_one_by_one_agrees_with_scoring_together() -> None:
    network = peaked()
    tokens = all_tokens(COUNTS)
    together = network(tokens).log_probabilities
    one_by_one = torch.cat([network(row[None]).log_probabilities for row in tokens])
    torch.testing.assert_close(one_by_one, together, atol=1e-5, rtol=0)


@pytest.mark.parametrize("counts", [COUNTS, (4,), (1,), (2, 7)])
def test_probabilities_of_all_sequences_sum_to_one(counts: tuple[int, ...]) -> None:
    total = peaked(counts)(all_tokens(counts)).log_probabilities.exp().sum()
    assert total.item() == pytest.approx(1.0, abs=1e-5)


def test_mean_entropy_is_that_of_the_distribution_over_sequences() -> None:
    """The chain rule: the expected sum of conditional entropies equals -sum p log p over whole sequences."""
    scored = peaked()(all_tokens(COUNTS))
    probabilities = scored.log_probabilities.exp()
    expected = -(probabilities * scored.log_probabilities).sum()
    torch.testing.assert_close((probabilities * scored.entropies).sum(), expected, atol=1e-5, rtol=0)
    assert 0 < expected.item() < math.log(30) - 0.1


def test_frequencies_follow_the_probabilities() -> None:
    network, draws = peaked((3, 2)), 20_000
    tokens = network(count=draws, generator=torch.Generator().manual_seed(2)).tokens
    for sequence in all_tokens((3, 2)):
        probability = network(sequence[None]).log_probabilities.exp().item()
        frequency = (tokens == sequence).all(dim=1).double().mean().item()
        assert abs(frequency - probability) < 4 * math.sqrt(probability * (1 - probability) / draws) + 1e-9


def test_later_decisions_depend_on_earlier_choices() -> None:
    network = peaked((3, 3))
    joint = network(all_tokens((3, 3))).log_probabilities.exp().reshape(3, 3)
    conditional = joint / joint.sum(dim=1, keepdim=True)
    assert (conditional[0] - conditional[2]).abs().max() > 0.05


def test_every_decision_learns() -> None:
    network = policy()
    sample = network(torch.zeros(1, 4, dtype=torch.int64))
    sample.log_probabilities.sum().backward()
    for rows in network.head_weights.grad.split(COUNTS)[::2]:  # type: ignore[union-attr, no-untyped-call]
        assert rows.abs().sum() > 0


def test_initial_weights_are_small_seeded_and_leave_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    first, same, other = policy(3), policy(3), policy(4)
    assert torch.equal(torch.get_rng_state(), before)
    weights = torch.cat([parameter.detach().flatten() for parameter in first.parameters()])
    assert weights.abs().max() <= INITIAL_WEIGHT
    assert weights.std().item() == pytest.approx(INITIAL_WEIGHT / math.sqrt(3), rel=0.1)
    for one, two in zip(first.parameters(), same.parameters(), strict=True):
        assert torch.equal(one, two)
    assert not torch.equal(first.cell.weight_ih, other.cell.weight_ih)


def test_drawing_depends_on_the_generator_alone() -> None:
    network = policy()
    torch.manual_seed(0)
    first = network(count=5, generator=torch.Generator().manual_seed(9)).tokens
    torch.manual_seed(1)
    again = network(count=5, generator=torch.Generator().manual_seed(9)).tokens
    other = network(count=5, generator=torch.Generator().manual_seed(10)).tokens
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
