"""The clockwork of a wait: when it speaks, how long it sleeps, and when it ends. Time passes only by sleeping."""

import math

import pytest

from nas.storage import waiting as waits
from nas.storage.waiting import Wait, Waiting


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waits, "time", clock)
    return clock


def wait_out(wait: Wait) -> None:
    while wait.goes_on(lambda: "it is away"):
        pass


def test_it_speaks_after_five_seconds_and_then_every_thirty(clock: Clock) -> None:
    said: list[tuple[float, str]] = []
    wait = Wait(Waiting(100, say=lambda text: said.append((clock.now - 1000, text))))
    wait_out(wait)
    assert [at for at, _ in said] == pytest.approx([5, 35, 65, 95])
    assert said[0][1] == "it is away; waited 5 s, waiting for another 95 s"
    assert wait.seconds == pytest.approx(100)
    wait.end("there")
    assert said[-1][1] == "there: there again after 100 s"


def test_it_sleeps_longer_and_longer_up_to_two_seconds(clock: Clock) -> None:
    wait_out(Wait(Waiting(4)))
    assert clock.sleeps == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 0.85])
    clock.sleeps.clear()
    wait_out(Wait(Waiting(60)))
    assert max(clock.sleeps) == 2


def test_what_was_waited_before_counts(clock: Clock) -> None:
    said: list[str] = []
    wait = Wait(Waiting(6, say=said.append), waited_seconds=5)
    assert wait.goes_on(lambda: "it is locked")
    assert said == ["it is locked; waited 5 s, waiting for another 1 s"]
    wait_out(wait)
    assert clock.now == pytest.approx(1001)


def test_no_time_at_all(clock: Clock) -> None:
    said: list[str] = []
    wait = Wait(Waiting(0, say=said.append))
    assert not wait.goes_on(lambda: "it is away")
    wait.end("there")
    assert (said, clock.sleeps) == ([], [])


def test_until_nobody_wants_to_wait(clock: Clock) -> None:
    said: list[str] = []
    wait_out(Wait(Waiting(math.inf, say=said.append, is_over=lambda: clock.now > 1050)))
    assert 1050 < clock.now < 1053
    assert said == ["it is away; waited 5 s, waiting on", "it is away; waited 35 s, waiting on"]
