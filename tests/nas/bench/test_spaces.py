"""Times of a space, by the processor's clock."""

import time
from dataclasses import dataclass

import pytest

from nas.bench.spaces import measure_space
from search_spaces.complexity import Cost
from search_spaces.spaces.toy import ToySpace

PRICE_SECONDS = 0.02


@dataclass(frozen=True)
class SlowSpace(ToySpace):
    """A toy that takes its time over a price."""

    name = "slow"

    def price(self, architecture, image, classes) -> Cost:
        end = time.process_time() + PRICE_SECONDS
        while time.process_time() < end:
            pass
        return super().price(architecture, image, classes)


def test_a_slow_price_shows_and_only_there():
    times = measure_space(SlowSpace(), (3, 8, 8), 10, samples=5, seed=0)
    assert times.space == "slow"
    assert times.price_ms > 1000 * PRICE_SECONDS
    assert times.build_ms > 0
    assert times.key_ms > 0
    assert times.cheapest_ms > 1000 * PRICE_SECONDS


def test_time_that_others_take_does_not_count(monkeypatch: pytest.MonkeyPatch):
    network = ToySpace.network

    def waits(self, *arguments):
        time.sleep(0.05)
        return network(self, *arguments)

    monkeypatch.setattr(ToySpace, "network", waits)
    assert measure_space(ToySpace(), (3, 8, 8), 10, samples=3, seed=0).build_ms < 50
