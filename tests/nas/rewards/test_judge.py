"""The judge against numbers worked out by hand from Tan et al. 2019, section 3."""

import pytest

from nas.config import load_config
from nas.errors import ConfigError
from nas.objectives import parse_objectives
from nas.rewards import Judge
from workers.job import FailureKind, Outcome


def outcome(accuracy: float = 0.8, parameters: int = 1_000, latency_ms: float | None = None) -> Outcome:
    return Outcome(1, accuracy, parameters=parameters, multiply_adds=50_000, latency_ms=latency_ms)


def judge(**reward) -> Judge:
    return Judge.of(load_config(None, {"reward": reward}).reward)


def test_by_default_the_accuracy_is_all() -> None:
    assert Judge()(outcome(0.875)) == judge()(outcome(0.875)) == (0.875,)
    assert Judge()(Outcome(1, 0.0)) == (0.0,)


@pytest.mark.parametrize("kind", list(FailureKind))
def test_a_failed_training_is_not_judged(kind: FailureKind) -> None:
    assert judge(objectives=["-params", "-latency"])(Outcome(1, failure=kind)) is None


def test_several_objectives_in_their_order() -> None:
    judged = judge(objectives=["-latency", "accuracy", "-params"])(outcome(latency_ms=2.5))
    assert judged == (-2.5, 0.8, -1_000.0)


@pytest.mark.parametrize(
    ("parameters", "soft", "hard"),
    [
        (1_000, 0.8, 0.8),
        (500, 0.8 * 1.0497166836, 0.8),  # 0.5 ^ -0.07 = exp(0.07 ln 2)
        (2_000, 0.8 * 0.9526379979, 0.4),  # 2 ^ -0.07; 2 ^ -1
        (4_000, 0.8 * 0.9075191551, 0.2),
    ],
)
def test_soft_and_hard_constraints(parameters: int, soft: float, hard: float) -> None:
    assert judge(target_params=1_000)(outcome(parameters=parameters)) == pytest.approx((soft,))
    strict = judge(target_params=1_000, exponent_below=0, exponent_above=-1)
    assert strict(outcome(parameters=parameters)) == pytest.approx((hard,))


def test_several_targets_weigh_together_and_only_the_accuracy() -> None:
    both = judge(target_params=500, target_latency_ms=4.0, exponent_below=-0.5, exponent_above=-1.0)
    assert both(outcome(latency_ms=1.0)) == pytest.approx((0.8 * 2.0 * 0.5,))
    beside = judge(objectives=["accuracy", "-macs"], target_params=500, exponent_above=-1.0)
    assert beside(outcome()) == (0.4, -50_000.0)


def test_what_was_not_measured_is_named() -> None:
    with pytest.raises(ConfigError, match="expected latency of outcome of trial 1, which was not measured"):
        judge(target_latency_ms=1.0)(outcome())
    with pytest.raises(ConfigError, match="'-params'"):
        Judge(parse_objectives(["-params"]))(Outcome(1, 0.5))
