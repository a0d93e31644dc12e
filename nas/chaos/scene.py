"""One round of a storm as it stands: the search, its present driver, what can be hit now, what was hit so far."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from nas.chaos.aim import Training, find_search, holds_lease, trainings
from nas.chaos.crew import TICK_SECONDS, BrokenError, Crew, Driver
from nas.chaos.driver import Drive
from nas.storage.contract import Storage
from nas.storage.records import LogKind, SearchRecord
from nas.storage.waiting import Waiting

MOST_OF_A_TRIAL = 3
"""Workers that are taken from one trial: after six lost ones a search takes its architecture to be the reason."""
MANY_EVENTS = 1_000_000
GUARD_SECONDS = 180.0
"""So long may anything take that is to come: a driver may have to wait for a locked database meanwhile."""


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault that was seen to happen. `event` is how far the search was: its number of asks and tells."""

    fault: str
    event: int
    training: Training | None = None
    """That was aimed at."""
    ends_process: bool = True
    ends_driver: bool = False


@dataclass
class Scene:
    """What faults are given to work on; they replace `driver` where another one drives after them."""

    drive: Drive
    storage: Storage
    """Of the search; what is done to it by a fault shows as done by another process."""
    crew: Crew
    dice: random.Random
    waiting: Waiting
    """For the database."""
    driver: Driver
    injections: list[Injection] = field(default_factory=list)
    event: int = 0
    """How far the search was when aim was last taken."""
    trainings: list[Training] = field(default_factory=list)
    """What was in training then."""
    points_due: int = 0
    """How many of the next drivers are to kill themselves at a named point."""

    def choose_training(self) -> Training | None:
        """Returns one of the trainings, None where all have lost enough workers already."""
        taken = Counter(one.training.number for one in self.injections if one.training is not None)
        free = [training for training in self.trainings if taken[training.number] < MOST_OF_A_TRIAL]
        return self.dice.choice(free) if free else None

    def now(self) -> SearchRecord:
        """Returns the search as it is now."""
        record = find_search(self.storage, self.drive.name)
        if record is None:
            raise BrokenError(f"search {self.drive.name!r}: expected it in the database, got nothing")
        return record

    def takeovers(self) -> int:
        """Returns how often the lease was taken from a driver that had not given it back."""
        record = find_search(self.storage, self.drive.name)
        events = self.storage.events(record.search_id, limit=MANY_EVENTS) if record else []
        kinds = [event.kind for event in events if event.kind in (LogKind.TAKEN, LogKind.RELEASED)]
        return sum(one is other is LogKind.TAKEN for one, other in pairwise(kinds))

    def has_ended(self) -> bool:
        """Whether the driver has."""
        return self.driver.exit_code() is not None

    def take_aim(self) -> bool:
        """Waits for something to be in training; returns False where the driver has ended instead."""
        self.trainings = []
        wait_until(lambda: self._sees_trainings() or self.has_ended(), self._words)
        return not self.has_ended()

    def _sees_trainings(self) -> bool:
        record = find_search(self.storage, self.drive.name)
        if record is not None and holds_lease(record, self.driver):
            self.event = record.event
            self.trainings = trainings(self.storage, record, self.driver, self.drive.ledger)
        return bool(self.trainings)

    def _words(self) -> str:
        return (
            f"a child of search {self.drive.name!r} in training (its driver, process {self.driver.pid}, "
            f"last said: {self.driver.last_words()})"
        )


def wait_until(is_so: Callable[[], bool], what: Callable[[], str], seconds: float = GUARD_SECONDS) -> None:
    """Waits; raises `BrokenError` with `what` was expected where it does not come to be so."""
    if not comes_true(is_so, seconds):
        raise BrokenError(f"expected {what()} within {seconds:g} s, got no such thing")


def comes_true(is_so: Callable[[], bool], seconds: float) -> bool:
    """Waits, and returns whether it has come to be so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(TICK_SECONDS)
    return True
