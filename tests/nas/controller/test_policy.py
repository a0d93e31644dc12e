"""The policy draws what it says it draws, and scores it again the same way."""

import math
from itertools import product
from typing import Any

import pytest
import torch

from nas.controller.base import Policy, PolicySample
from nas.controller.flat import FlatPolicy
from nas.controller.policy import INITIAL_WEIGHT, LstmPolicy

COUNTS = (3, 1, 5, 2)


def policy(seed: int = 0, counts: tuple[int, ...] = COUNTS, **settings: Any) -> LstmPolicy:
    generator = torch.Generator().manual_seed(seed)
    return LstmPolicy(counts, hidden=8, embedding=4, generator=generator, **settings)


def peaked(counts: tuple[int, ...] = COUNTS, **settings: Any) -> LstmPolicy:
    """A policy whose probabilities differ widely: initial weights scaled up."""
    network = policy(counts=counts, **settings)
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


@pytest.mark.parametrize("layers", [1, 2])
def test_scoring_again_gives_the_log_probability_of_drawing(layers: int) -> None:
    network = peaked(layers=layers)
    with torch.no_grad():
        drawn = network(count=64, generator=torch.Generator().manual_seed(1))
    scored = network(drawn.tokens)
    assert torch.equal(scored.tokens, drawn.tokens)
    if layers == 1:
        assert torch.equal(scored.log_probabilities, drawn.log_probabilities)
        assert torch.equal(scored.entropies, drawn.entropies)
    else:  # with gradients torch runs stacked layers in another order
        torch.testing.assert_close(scored.log_probabilities, drawn.log_probabilities, atol=1e-5, rtol=0)
        torch.testing.assert_close(scored.entropies, drawn.entropies, atol=1e-5, rtol=0)
    assert scored.log_probabilities.requires_grad
    assert drawn.log_probabilities.unique().numel() > 5


def test_the_log_probability_is_that_of_its_decisions_in_their_order() -> None:
    sample = peaked()(count=16, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(sample.log_chosen.sum(1), sample.log_probabilities, atol=1e-5, rtol=0)
    for row, tokens in enumerate(sample.tokens.tolist()):
        of_tokens = [sample.log_options[place, row, token] for place, token in enumerate(tokens)]
        assert sample.log_chosen[row].tolist() == of_tokens


def test_scoring_one_by_one_agrees_with_scoring_together() -> None:
    network = peaked()
    tokens = all_tokens(COUNTS)
    together = network(tokens).log_probabilities
    one_by_one = torch.cat([network(row[None]).log_probabilities for row in tokens])
    torch.testing.assert_close(one_by_one, together, atol=1e-5, rtol=0)


@pytest.mark.parametrize("counts", [COUNTS, (4,), (1,), (2, 7)])
@pytest.mark.parametrize("settings", [{}, {"layers": 2}, {"temperature": 5.0, "tanh_constant": 2.5}], ids=str)
def test_probabilities_of_all_sequences_sum_to_one(counts: tuple[int, ...], settings: dict[str, Any]) -> None:
    total = peaked(counts, **settings)(all_tokens(counts)).log_probabilities.exp().sum()
    assert total.item() == pytest.approx(1.0, abs=1e-5)


def test_mean_entropy_is_that_of_the_distribution_over_sequences() -> None:
    """The chain rule: the expected sum of conditional entropies equals -sum p log p over whole sequences."""
    scored = peaked()(all_tokens(COUNTS))
    probabilities = scored.log_probabilities.exp()
    expected = -(probabilities * scored.log_probabilities).sum()
    torch.testing.assert_close((probabilities * scored.entropies).sum(), expected, atol=1e-5, rtol=0)
    assert 0 < expected.item() < math.log(30) - 0.1


def tempered(sample: PolicySample, temperature: float) -> torch.Tensor:
    """Returns (B,): log-probability of the tokens where each decision is drawn at this temperature."""
    logits = sample.log_options / temperature
    return logits.log_softmax(2).gather(2, sample.tokens.t()[:, :, None]).sum((0, 2))


VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "two layers": {"layers": 2},
    "restrained": {"temperature": 2.0, "tanh_constant": 1.1},
    "nodes": {"nodes": [(), (None, 0)]},
}


@pytest.mark.parametrize("settings", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_frequencies_follow_the_probabilities(settings: dict[str, Any], temperature: float) -> None:
    """Drawing goes one step at a time, scoring all at once: what is drawn shows that they are one function."""
    network, draws = peaked((3, 2), **settings), 20_000
    with torch.no_grad():
        sample = network(count=draws, generator=torch.Generator().manual_seed(2), temperature=temperature)
        scored = network(all_tokens((3, 2)))
    for sequence, probability in zip(
        scored.tokens, tempered(scored, temperature).exp().tolist(), strict=True
    ):
        frequency = (sample.tokens == sequence).all(dim=1).double().mean().item()
        assert abs(frequency - probability) < 4 * math.sqrt(probability * (1 - probability) / draws) + 1e-9


def test_a_temperature_changes_what_is_drawn_and_not_what_it_is_held_to_be_worth() -> None:
    network, generator = peaked(), torch.Generator().manual_seed(3)
    with torch.no_grad():
        hot = network(count=500, generator=generator, temperature=3.0)
        cold = network(count=500, generator=generator)
        assert torch.equal(network(hot.tokens).log_probabilities, hot.log_probabilities)
    assert hot.log_probabilities.mean() < cold.log_probabilities.mean() - 0.5


def test_many_draws_are_the_same_as_as_many_single_ones() -> None:
    network = peaked()
    one, other = (torch.Generator().manual_seed(4) for _ in range(2))
    with torch.no_grad():
        together = network(count=5, generator=one).tokens
        singly = torch.cat([network(count=1, generator=other).tokens for _ in range(5)])
    assert torch.equal(together, singly)


def test_no_logit_leaves_the_others_far_behind() -> None:
    def spread(network: LstmPolicy) -> float:
        widest = network(all_tokens(COUNTS)).log_options[2]  # the decision of 5 options
        return (widest.amax(1) - widest.amin(1)).max().item()

    assert spread(peaked(tanh_constant=0.5)) <= 1.0 + 1e-5
    assert spread(peaked(temperature=5.0)) == pytest.approx(spread(peaked()) / 5, rel=1e-4)
    assert spread(peaked()) > 1.1


def test_every_option_has_its_log_probability() -> None:
    sample = peaked()(all_tokens(COUNTS))
    assert sample.log_options.shape == (4, 30, 5)
    torch.testing.assert_close(sample.log_options.exp().sum(2), torch.ones(4, 30))
    for row, count in zip(sample.log_options, COUNTS, strict=True):
        assert row[:, count:].exp().sum().item() == 0


def test_later_decisions_depend_on_earlier_choices() -> None:
    network = peaked((3, 3))
    joint = network(all_tokens((3, 3))).log_probabilities.exp().reshape(3, 3)
    conditional = joint / joint.sum(dim=1, keepdim=True)
    assert (conditional[0] - conditional[2]).abs().max() > 0.05


def test_every_decision_learns() -> None:
    network = policy()
    sample = network(torch.zeros(1, 4, dtype=torch.int64))
    sample.log_probabilities.sum().backward()
    rows = network.head_weights.grad.abs().sum(2)  # type: ignore[union-attr]
    for row, count in zip(rows, COUNTS, strict=True):
        assert (row[:count] > 0).all().item() == (count > 1)
        assert row[count:].sum() == 0


def test_initial_weights_are_small_seeded_and_leave_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    first, same, other = policy(3), policy(3), policy(4)
    assert torch.equal(torch.get_rng_state(), before)
    for network, largest in ((first, INITIAL_WEIGHT), (policy(3, initial_weight=0.08), 0.08)):
        weights = torch.cat([parameter.detach().flatten() for parameter in network.parameters()])
        assert weights.abs().max() <= largest
        assert weights.std().item() == pytest.approx(largest / math.sqrt(3), rel=0.1)
    for one, two in zip(first.parameters(), same.parameters(), strict=True):
        assert torch.equal(one, two)
    assert not torch.equal(first.embeddings, other.embeddings)


def test_drawing_depends_on_the_generator_alone() -> None:
    network = policy()
    torch.manual_seed(0)
    first = network(count=5, generator=torch.Generator().manual_seed(9)).tokens
    torch.manual_seed(1)
    again = network(count=5, generator=torch.Generator().manual_seed(9)).tokens
    other = network(count=5, generator=torch.Generator().manual_seed(10)).tokens
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("network", [policy(), FlatPolicy(COUNTS)], ids=["lstm", "flat"])
def test_no_random_number_draws_an_option_that_a_decision_does_not_have(
    network: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch's uniform numbers may be exactly 0, once in 2^24."""
    rand = torch.rand

    def rand_with_a_zero(*shape: int, generator: torch.Generator | None) -> torch.Tensor:
        numbers = rand(*shape, generator=generator)
        numbers[0, 1, 0] = 0  # of the only option of the second decision
        return numbers

    monkeypatch.setattr(torch, "rand", rand_with_a_zero)
    drawn = network(count=2)
    assert (drawn.tokens < torch.tensor(COUNTS)).all()
    assert drawn.log_probabilities.min() > -100
