"""The policy without memory: a table of logits."""

import math

import pytest
import torch

from nas.controller.flat import FlatPolicy


def test_it_is_uniform_at_first() -> None:
    sample = FlatPolicy((3, 1, 5))(count=4, generator=torch.Generator().manual_seed(0))
    assert sample.log_probabilities.tolist() == pytest.approx([-math.log(15)] * 4)
    assert sample.entropies.tolist() == pytest.approx([math.log(15)] * 4)


def test_decisions_are_independent_and_follow_the_table() -> None:
    policy = FlatPolicy((2, 3))
    with torch.no_grad():
        policy.table[0, 0, 0] = math.log(3.0)
        policy.table[1, 0, 1] = math.log(2.0)
    assert policy(torch.tensor([[0, 1], [1, 0]])).log_probabilities.exp().tolist() == pytest.approx(
        [3 / 4 * 1 / 2, 1 / 4 * 1 / 4]
    )
    tokens = policy(count=20_000, generator=torch.Generator().manual_seed(0)).tokens
    assert (tokens[:, 0] == 0).double().mean().item() == pytest.approx(3 / 4, abs=0.013)
    assert (tokens[:, 1] == 1).double().mean().item() == pytest.approx(1 / 2, abs=0.015)
    assert (tokens[:, 0] * (tokens[:, 1] == 1)).double().mean().item() == pytest.approx(1 / 8, abs=0.01)


def test_a_temperature_flattens() -> None:
    policy = FlatPolicy((2,))
    with torch.no_grad():
        policy.table[0, 0, 0] = math.log(9.0)
    tokens = policy(count=20_000, generator=torch.Generator().manual_seed(0), temperature=2.0).tokens
    assert (tokens == 0).double().mean().item() == pytest.approx(3 / 4, abs=0.013)
