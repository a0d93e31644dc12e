"""A step of descent, its clipping, and a state that goes on exactly where it was."""

import pytest
import torch

from nas.controller.descent import OPTIMIZERS, Descent
from nas.controller.flat import FlatPolicy

COUNTS = (2, 3)


def loss_of(policy: FlatPolicy) -> torch.Tensor:
    return (policy.table * torch.tensor([3.0, 0.0, 4.0])).sum(2)[0].sum()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_descends_and_says_how_long_the_gradient_was(optimizer: str) -> None:
    policy = FlatPolicy(COUNTS)
    descent = Descent(policy, optimizer, learning_rate=0.1, gradient_clip=100.0)
    assert descent.step(loss_of(policy)) == pytest.approx(5.0)
    assert loss_of(policy).item() < 0


def test_the_gradient_is_clipped() -> None:
    policy = FlatPolicy(COUNTS)
    descent = Descent(policy, "adam", learning_rate=0.1, gradient_clip=0.5)
    assert descent.step(loss_of(policy)) == pytest.approx(5.0)
    first_moments = [moment for name, moment in descent.save().items() if name.endswith("exp_avg")]
    assert first_moments[0].norm().item() == pytest.approx(
        0.1 * 0.5
    )  # Adam's first is a tenth of the gradient


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("steps", [0, 3])
def test_restored_goes_on_bit_for_bit(optimizer: str, steps: int) -> None:
    settings = {"learning_rate": 0.1, "gradient_clip": 2.0}
    live_policy, other_policy = FlatPolicy(COUNTS), FlatPolicy(COUNTS)
    live = Descent(live_policy, optimizer, **settings)
    for _ in range(steps):
        live.step(loss_of(live_policy))
    restored = Descent(other_policy, optimizer, **settings)
    restored.restore({name: tensor.clone() for name, tensor in live.save().items()})
    for each, policy in ((live, live_policy), (restored, other_policy)):
        each.step(loss_of(policy) ** 2)
    assert torch.equal(live_policy.table, other_policy.table)
