"""The REINFORCE loss on numbers worked out by hand, and its gradient against the analytic policy gradient."""

import math

import pytest
import torch
from torch import Tensor

from nas.controller.losses import LossDiagnostics, reinforce_loss


def loss_of(
    new: Tensor,
    old: Tensor,
    advantages: list[float],
    entropies: Tensor | None = None,
    *,
    entropy_weight: float = 0.0,
    clip: float = 2.0,
) -> tuple[Tensor, LossDiagnostics]:
    spread = torch.zeros(len(new)) if entropies is None else entropies
    return reinforce_loss(
        new, old, torch.tensor(advantages), spread, entropy_weight=entropy_weight, clip=clip
    )


def test_fresh_samples_by_hand() -> None:
    new = torch.tensor([-1.0, -2.0])
    loss, diagnostics = loss_of(new, new, [0.5, -1.0], torch.tensor([3.0, 5.0]), entropy_weight=0.1)
    by_hand = -(0.5 * -1.0 + -1.0 * -2.0) / 2 - 0.1 * 4.0
    assert loss.item() == pytest.approx(by_hand)
    assert diagnostics.importance_weights.tolist() == [1.0, 1.0]
    assert diagnostics.entropy.item() == 4.0


def test_late_samples_by_hand() -> None:
    new = torch.tensor([-1.0, -2.0, -1.0])
    old = torch.tensor([-1.0 - math.log(1.5), -2.0 + math.log(4.0), -6.0])
    loss, diagnostics = loss_of(new, old, [1.0, 1.0, 1.0])
    assert diagnostics.importance_weights.tolist() == pytest.approx(
        [1.5, 0.25, 2.0]
    )  # the last clipped from e^5
    assert loss.item() == pytest.approx((1.5 * 1 + 0.25 * 2 + 2.0 * 1) / 3)


def test_a_huge_ratio_is_clipped_and_stays_finite() -> None:
    loss, diagnostics = loss_of(torch.tensor([-1.0]), torch.tensor([-500.0]), [1.0], clip=3.0)
    assert diagnostics.importance_weights.tolist() == [3.0]
    assert loss.item() == pytest.approx(3.0)


def test_no_gradient_flows_through_weights_or_diagnostics() -> None:
    new = torch.tensor([-1.0], requires_grad=True)
    loss, diagnostics = loss_of(new, torch.tensor([-1.5]), [2.0], new * 0)
    loss.backward()  # type: ignore[no-untyped-call]
    assert new.grad is not None
    assert new.grad.item() == pytest.approx(
        -math.exp(0.5) * 2.0
    )  # through `new` once, not through the weight too
    assert not diagnostics.importance_weights.requires_grad
    assert not diagnostics.entropy.requires_grad


def test_gradient_is_the_analytic_policy_gradient_of_one_decision() -> None:
    """d log softmax(z)_k / dz = onehot(k) - p, and d entropy / dz_j = -p_j (log p_j + entropy)."""
    logits = torch.tensor([0.3, -0.7, 1.1], requires_grad=True)
    drawn, advantages, weight = [2, 0, 2, 1], [0.4, -1.2, 0.1, 0.9], 0.05
    log_p = logits.log_softmax(0)
    entropy = -(log_p.exp() * log_p).sum()
    new = log_p[drawn]
    loss, _ = loss_of(new, new.detach(), advantages, entropy.expand(4), entropy_weight=weight)
    loss.backward()  # type: ignore[no-untyped-call]

    p = [math.exp(z) / sum(math.exp(y) for y in (0.3, -0.7, 1.1)) for z in (0.3, -0.7, 1.1)]
    h = -sum(q * math.log(q) for q in p)
    ascent = [
        sum(a * ((k == j) - p[j]) for k, a in zip(drawn, advantages, strict=True)) / 4
        - weight * p[j] * (math.log(p[j]) + h)
        for j in range(3)
    ]
    assert logits.grad is not None
    assert (-logits.grad).tolist() == pytest.approx(ascent, abs=1e-6)


def test_weights_make_samples_of_an_old_policy_an_estimate_for_the_new_one() -> None:
    """Weighted by the exact ratio, the expected gradient under the old policy is the gradient under the new one."""
    logits = torch.tensor([0.5, -0.5], requires_grad=True)
    values, old_p = torch.tensor([1.0, 3.0]), torch.tensor([0.6, 0.4])
    new = logits.log_softmax(0)
    per_option = [
        loss_of(new[k : k + 1], old_p[k : k + 1].log(), [values[k].item()], clip=100.0)[0] for k in (0, 1)
    ]
    (estimate,) = torch.autograd.grad(
        old_p[0] * per_option[0] + old_p[1] * per_option[1], logits, retain_graph=True
    )
    (exact,) = torch.autograd.grad(-(new.exp() * values).sum(), logits)
    torch.testing.assert_close(estimate, exact)
