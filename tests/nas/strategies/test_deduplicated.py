"""No canonical key twice, and a clean end when there is none left."""

from collections.abc import Sequence
from typing import ClassVar

import pytest

from nas.strategies.base import Strategy
from nas.strategies.deduplicated import Deduplicated
from nas.strategies.filter import ANYTHING, Filter
from nas.strategies.grid import Grid
from nas.strategies.registry import build_strategy
from nas.trial import Feedback, Proposal, Trial
from search_spaces.spaces.toy import ToySpace
from tests.nas.strategies.driver import Driver
from tests.nas.strategies.listener import Listener

SPACE = ToySpace()
KEYS = {SPACE.canonical_key(architecture) for architecture in SPACE.enumerate()}


class OneTrack(Strategy):
    """A collapsed policy: considers the first architecture for ever, and counts how often."""

    name: ClassVar[str] = "one-track"

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, count: int, accepts: Filter = ANYTHING) -> list[Proposal]:
        found: list[Proposal] = []
        while len(found) < count and not accepts.gave_up:
            self.asked += 1
            if accepts(only := next(SPACE.enumerate())):
                found.append(Proposal(only))
        return found

    def tell(self, completed: Sequence[Trial], running: Sequence[Trial]) -> Feedback:
        return Feedback((None,) * len(completed))

    def save(self) -> bytes:
        return b""

    def restore(self, state: bytes, history: Sequence[Trial]) -> None:
        pass


@pytest.mark.parametrize("name", ["random", "grid"])
def test_every_key_once_and_then_nothing(name: str) -> None:
    driver = Driver(Deduplicated(build_strategy(name, SPACE, 0), SPACE.canonical_key), SPACE, lambda _: 0.5)
    while len(driver.ask(10)) == 10:
        pass
    keys = [trial.canonical_key for trial in driver.trials]
    assert len(keys) == len(set(keys))
    assert set(keys) == KEYS


def test_keys_asked_before_a_restore_are_remembered() -> None:
    def build() -> Strategy:
        return Deduplicated(build_strategy("random", SPACE, 0), SPACE.canonical_key)

    first = Driver(build(), SPACE, lambda _: 0.5)
    first.ask(40)
    restored = build()
    restored.restore(first.strategy.save(), first.trials)
    second = Driver(restored, SPACE, lambda _: 0.5)
    second.ask(33)
    keys = [{trial.canonical_key for trial in driver.trials} for driver in (first, second)]
    assert keys[0] | keys[1] == KEYS
    assert not keys[0] & keys[1]


def test_gives_up_after_so_many_repeats_in_a_row() -> None:
    inside = OneTrack()
    strategy = Deduplicated(inside, SPACE.canonical_key, attempts=50)
    assert len(strategy.ask(3)) == 1
    assert inside.asked == 1 + 50
    assert strategy.ending == "the last 50 drawn had been proposed before, or are equal to such"


def test_repeats_in_between_do_not_add_up() -> None:
    """The grid of 256 architectures has 183 repeats in all, yet never 128 of them in a row."""
    strategy = Deduplicated(Grid(SPACE), SPACE.canonical_key, attempts=128)
    assert len(strategy.ask(100)) == len(KEYS)


def test_what_equals_is_the_callers_affair() -> None:
    def first_token(architecture: object) -> str:
        return str(architecture).split(".")[0]

    assert len(Deduplicated(Grid(SPACE), first_token).ask(5)) == 2


def test_proposals_are_handed_on_untouched() -> None:
    proposals = Deduplicated(Listener(), str).ask(5)
    assert proposals == Listener().ask(5)
    assert [one.policy_version for one in proposals] == [0, 1, 2, 3, 4]
