"""How long a forward pass takes: in milliseconds, not moved by outliers, and without a trace in the training."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers import latency
from workers.device import DeviceImages
from workers.evaluate import build_seeded, evaluate_child
from workers.job import FailureKind, Timing
from workers.latency import measure_latency

SPACE, DATA = TinySpace(), tiny_data()
PICTURES = DeviceImages.place(DATA.train, DATA.mean, DATA.std, "cpu")


class Ticking(nn.Module):
    """Moves a clock by so many seconds with each pass, one after the other, then by the last again and again."""

    def __init__(self, *seconds: float) -> None:
        super().__init__()
        self.seconds, self.now = list(seconds), 0.0
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.shapes.append(tuple(images.shape))
        self.now += self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0]
        return images


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., float]:
    """Measures a ticking module by its own clock."""

    def measure(module: Ticking, batch_size: int = 1) -> float:
        monkeypatch.setattr(latency, "time", SimpleNamespace(perf_counter=lambda: module.now))
        return measure_latency(module, PICTURES, batch_size)

    return measure


def test_a_pass_is_measured_in_milliseconds_and_outliers_do_not_count(timed: Callable[..., float]) -> None:
    module = Ticking(*[5.0] * latency.WARM_UP_PASSES, *[0.02, 0.002] * 5, 0.002)
    assert timed(module) == pytest.approx(2.0)
    assert module.shapes == [(1, 1, 8, 8)] * (latency.WARM_UP_PASSES + latency.PASSES)
    assert not module.training


def test_the_batch_can_be_larger_even_than_the_data(timed: Callable[..., float]) -> None:
    module = Ticking(0.001)
    timed(module, len(PICTURES) + 5)
    assert set(module.shapes) == {(len(PICTURES) + 5, 1, 8, 8)}


@pytest.mark.parametrize(("seconds", "passes"), [(0.001, 40), (0.1, 20), (9.0, 5)])
def test_a_slow_network_is_not_measured_for_ever(
    timed: Callable[..., float], seconds: float, passes: int
) -> None:
    module = Ticking(seconds)
    assert timed(module) == pytest.approx(1000 * seconds)
    assert len(module.shapes) - latency.WARM_UP_PASSES == pytest.approx(passes, abs=1)


def run(timing: Timing | None):
    return evaluate_child(replace(tiny_job(1), timing=timing), SPACE, DATA, "cpu")


def test_timing_a_child_changes_nothing_else() -> None:
    timed, untimed = run(Timing()), run(None)
    assert untimed.latency_ms is None
    assert timed.latency_ms is not None
    assert timed.latency_ms > 0
    assert timed.validation_loss == untimed.validation_loss
    assert [point.train_loss for point in timed.curve] == [point.train_loss for point in untimed.curve]


def test_weights_and_statistics_are_left_alone() -> None:
    module = build_seeded(SPACE.network(tiny_job(1).architecture, DATA.image, 3), seed=3)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    measure_latency(module, PICTURES)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert not any(parameter.is_inference() for parameter in module.parameters())


def test_a_child_over_the_limit_is_not_trained_and_says_so() -> None:
    outcome = run(Timing(limit_ms=1e-6))
    assert outcome.failure is FailureKind.OVER_LIMIT
    assert not outcome.failure.is_infrastructure
    assert outcome.curve == ()
    assert outcome.validation_accuracy is None
    assert outcome.latency_ms is not None
    assert outcome.parameters is not None
    assert outcome.error_text.startswith("latency: expected at most 1e-06 ms, got 0.")
    assert run(Timing(limit_ms=1e6)).failure is None
