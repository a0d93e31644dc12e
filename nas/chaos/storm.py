"""The storm: round after round a search is driven to its end by processes that are killed, stopped and cut off.

Each round has its search run twice: undisturbed, in a file of its own, and through the storm. Then what the storm has
left is held against the undisturbed run, and against what was witnessed outside of the database.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from nas.chaos.aim import find_search
from nas.chaos.crew import BrokenError, Crew, Nursery
from nas.chaos.driver import Drive
from nas.chaos.faults import deal
from nas.chaos.ledger import entries
from nas.chaos.plan import DATABASE_SECONDS, Plan
from nas.chaos.round import drive_through
from nas.chaos.scene import Injection, Scene
from nas.chaos.story import Story, differences, tell
from nas.chaos.verdict import Evidence, contradictions, gather, unsound
from nas.errors import SearchExistsError
from nas.search.background import Background, Task
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.waiting import Waiting

SAY_SECONDS = 20.0
UNDISTURBED_SECONDS = 1800.0


@dataclass
class Round:
    """What became of one search. `broken` says what must not have happened."""

    name: str
    injections: list[Injection] = field(default_factory=list)
    undisturbed_seconds: float = 0.0
    storm_seconds: float = 0.0
    evidence: Evidence | None = None
    last_event: int = 0
    """Asks and tells until its end."""
    digest: str | None = None
    takeovers: int = 0
    """How often the lease was taken from a driver that had not given it back."""
    broken: list[str] = field(default_factory=list)


class Storm:
    """Rages over a database until the plan is fulfilled or something breaks. `folder` takes files of its own."""

    def __init__(self, plan: Plan, folder: Path, say: Callable[[str], None] = lambda _: None) -> None:
        self._plan, self._folder, self._say = plan, folder, say
        self._dice = Random(plan.seed)
        self._faults = deal(self._dice)
        self._waiting = Waiting(DATABASE_SECONDS, say=say)
        self._ends_at = 0.0
        self.rounds: list[Round] = []

    @property
    def kills(self) -> int:
        """Processes that were ended so far."""
        return sum(one.ends_process for round_ in self.rounds for one in round_.injections)

    def is_over(self) -> bool:
        """Whether as much was done as was asked for."""
        return self.kills >= self._plan.kills or time.monotonic() >= self._ends_at

    def run(self) -> list[Round]:
        """Returns the rounds, of which the last may be broken; raises `SearchExistsError` for a used name."""
        self._ends_at = time.monotonic() + self._plan.seconds
        ticker = Background(Task(SAY_SECONDS, lambda: self._say(self._progress())))
        with (
            open_storage(self._plan.url, waiting=self._waiting) as storage,
            Nursery(self._plan.drive(1), self._folder) as nursery,
            ticker,
        ):
            while not self.is_over() and not (self.rounds and self.rounds[-1].broken):
                drive = self._plan.drive(len(self.rounds) + 1)
                _require_new(storage, drive)
                self.rounds.append(Round(drive.name))
                self._run_round(storage, nursery, drive, self.rounds[-1])
        return self.rounds

    def _run_round(self, storage: Storage, nursery: Nursery, drive: Drive, round_: Round) -> None:
        folder = self._folder / drive.name
        folder.mkdir()
        ledger = folder / "ledger.jsonl"
        try:
            whole = self._undisturbed(nursery, drive, folder, round_)
            self._disturbed(storage, nursery, replace(drive, ledger=str(ledger)), folder, round_)
        except BrokenError as error:
            round_.broken.append(str(error))
            return
        round_.evidence = gather(storage, drive, entries(str(ledger)), round_.injections)
        here = tell(storage, drive.name)
        round_.digest = here.digest
        round_.broken += unsound(drive.url, self._waiting) + contradictions(round_.evidence)
        if self._plan.workers == 1:  # of several, the faster one decides the order
            round_.broken += differences(here, whole)
        self._say(self._progress())

    def _undisturbed(self, nursery: Nursery, drive: Drive, folder: Path, round_: Round) -> Story:
        drive = replace(drive, url=f"sqlite:///{folder / 'undisturbed.db'}")
        with Crew(nursery, folder / "undisturbed") as crew, _timed() as seconds:
            driver = crew.start(drive)
            if driver.wait(UNDISTURBED_SECONDS) != 0:
                raise BrokenError(f"undisturbed, a driver ended so: {driver.last_words()}")
        round_.undisturbed_seconds = seconds()
        with open_storage(drive.url, read_only=True) as storage:
            return tell(storage, drive.name)

    def _disturbed(
        self, storage: Storage, nursery: Nursery, drive: Drive, folder: Path, round_: Round
    ) -> None:
        with Crew(nursery, folder / "storm") as crew:
            with _timed() as seconds:
                scene = Scene(
                    drive, storage, crew, self._dice, self._waiting, crew.start(drive), round_.injections
                )
                try:
                    drive_through(scene, self._faults, self.is_over)
                finally:
                    round_.storm_seconds = seconds()
                    round_.takeovers, round_.last_event = scene.takeovers(), scene.event
            if left := crew.left_after_a_while():
                raise BrokenError(f"expected nothing to run on at the end, got {', '.join(left)}")

    def _progress(self) -> str:
        if not self.rounds:
            return "importing what drivers need"
        round_ = self.rounds[-1]
        stage = f"{len(round_.injections)} faults" if round_.undisturbed_seconds else "undisturbed"
        return f"round {len(self.rounds)}, {round_.name}: {stage}; {self.kills} processes ended in all"


@contextmanager
def _timed() -> Iterator[Callable[[], float]]:
    """Gives a function that says how many seconds it is since."""
    began = time.monotonic()
    yield lambda: time.monotonic() - began


def _require_new(storage: Storage, drive: Drive) -> None:
    if find_search(storage, drive.name) is not None:
        raise SearchExistsError(
            f"search {drive.name!r} exists in the database already; a storm needs one of its own: "
            "choose another --seed or another database"
        )
