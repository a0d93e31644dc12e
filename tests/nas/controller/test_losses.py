"""The losses on numbers worked out by hand, and the gradient of REINFORCE against the analytic policy gradient."""

import math

import pytest
import torch
from torch import Tensor

from nas.controller.losses import LossDiagnostics, kl_divergence, ppo_loss, queue_loss, reinforce_loss


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


# Proximal policy optimisation


def ppo_of(ratios: list[float], advantages: list[float]) -> tuple[Tensor, Tensor, LossDiagnostics]:
    """The logarithms of the ratios, the loss and its diagnostics; all old probabilities are 1/2."""
    old = torch.full((len(ratios),), 0.5).log()
    new = (torch.tensor(ratios).log() + old).requires_grad_()
    loss, diagnostics = ppo_loss(
        new, old, torch.tensor(advantages), torch.tensor([2.0, 4.0]), entropy_weight=0.1, clip=0.2
    )
    return new, loss, diagnostics


def test_the_clipped_surrogate_by_hand() -> None:
    _, loss, diagnostics = ppo_of([1.1, 0.95, 1.5, 1.5, 0.5, 0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    surrogate = (1.1 - 0.95 + 1.2 - 1.5 + 0.5 - 0.8) / 6
    assert loss.item() == pytest.approx(-surrogate - 0.1 * 3.0)
    assert diagnostics.importance_weights.tolist() == pytest.approx([1.1, 0.95, 1.2, 1.2, 0.8, 0.8])
    assert diagnostics.entropy.item() == 3.0


def test_a_sample_that_has_gone_far_enough_has_no_gradient() -> None:
    new, loss, _ = ppo_of([1.5, 1.5, 0.5, 0.5], [1.0, -1.0, 1.0, -1.0])
    loss.backward()  # type: ignore[no-untyped-call]
    assert new.grad is not None
    assert new.grad.tolist() == pytest.approx([0.0, 1.5 / 4, -0.5 / 4, 0.0])


def test_the_first_step_on_fresh_results_is_that_of_reinforce() -> None:
    new = torch.tensor([-1.0, -2.0], requires_grad=True)
    advantages, old = torch.tensor([0.5, -1.0]), new.detach()
    gradients = [
        torch.autograd.grad(loss(new, old, advantages, 0 * new, entropy_weight=0.0, clip=clip)[0], new)[0]
        for loss, clip in ((reinforce_loss, 2.0), (ppo_loss, 0.2))
    ]
    torch.testing.assert_close(*gradients)


# Priority queue


def test_the_likelihood_of_a_queue_by_hand() -> None:
    log_probabilities = torch.tensor([0.5, 0.125]).log()
    assert queue_loss(log_probabilities).item() == pytest.approx(math.log(4))


# Divergence


def test_the_divergence_of_one_decision_is_exact() -> None:
    before, after = torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.75])
    divergence = kl_divergence(before.log().reshape(1, 1, 2), after.log().reshape(1, 1, 2))
    assert divergence.item() == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(0.5 / 0.75))
    assert kl_divergence(before.log().reshape(1, 1, 2), before.log().reshape(1, 1, 2)).item() == 0


def test_the_divergence_along_all_paths_is_that_of_the_whole_sequences() -> None:
    """Of 4 paths of two decisions of the first policy, 1, 1, 3 and 3 of 8 draws: the average over them is exact."""
    first, second = (torch.tensor([[0.25, 0.75], [0.5, 0.5]]), torch.tensor([[0.5, 0.5], [0.1, 0.9]]))
    paths = torch.tensor([[0, 0], [0, 1], *[[1, 0], [1, 1]] * 3])

    def log_options(policy: Tensor) -> Tensor:
        return policy.log()[:, None, :].expand(2, len(paths), 2)

    joint_first, joint_second = (torch.outer(policy[0], policy[1]) for policy in (first, second))
    exact = (joint_first * (joint_first / joint_second).log()).sum()
    torch.testing.assert_close(kl_divergence(log_options(first), log_options(second)), exact)


def test_options_that_do_not_exist_add_no_divergence() -> None:
    before = torch.tensor([0.0, 1.0, -1e9]).log_softmax(0).reshape(1, 1, 3)
    after = torch.tensor([1.0, 0.0, -1e9]).log_softmax(0).reshape(1, 1, 3)
    without = kl_divergence(before[..., :2], after[..., :2])
    assert kl_divergence(before, after).item() == pytest.approx(without.item())
