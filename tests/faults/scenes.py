"""A whole search of a test: its drivers, each a process, what their children are to do, and what came of it all."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil

from nas.builders import create_search
from nas.chaos.driver import Drive, build_task, drive_search
from nas.storage.check import check
from nas.storage.open import open_storage
from nas.storage.records import SearchRecord, SearchState
from nas.trial import Attempt, AttemptState, Trial
from tests.faults import children

GUARD_SECONDS = 240
"""Against hanging, on the slowest machine."""
EVALUATE = "tests.faults.children:evaluate"
QUICK: Mapping[str, Any] = {"backend": "process", "beat": 0.05, "save_seconds": 0.0}


def wait_until(is_true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + GUARD_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


class Driver:
    """A driver that runs, or has ended, and all that it has said."""

    def __init__(self, drive: Drive, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nas.chaos.driver", json.dumps(asdict(drive))],
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait_for(self, *words: str) -> str:
        """Returns the first line with these words in it; fails where the driver ends without saying it."""
        return self.wait_for_next(0, *words)[1]

    def wait_for_next(self, place: int, *words: str) -> tuple[int, str]:
        """The same from the line at `place` on; returns the place after it, too."""

        def find() -> tuple[int, str] | None:
            found = list(enumerate(self.lines))[place:]
            return next((pair for pair in found if all(word in pair[1] for word in words)), None)

        wait_until(lambda: find() or not self._listener.is_alive(), f"{words}, got {self.lines}")
        pair = find()
        assert pair is not None, f"the driver ended before it said {words}: {self.lines}"
        return pair[0] + 1, pair[1]

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        assert self.end() == -9

    def end(self) -> int:
        """Waits for its end and returns the exit code."""
        code = self.process.wait(GUARD_SECONDS)
        self._listener.join(GUARD_SECONDS)
        self.process.stdout.close()
        return code

    def _listen(self) -> None:
        with self.process.stderr as stream:
            for line in stream:
                self.lines.append(line.rstrip("\n"))


class Scene:
    """One search in one database. `deeds` says what the attempts at trials do, see `tests.faults.children`."""

    def __init__(
        self, place: Path, url: str, deeds: Mapping[int | str, Sequence[str]] | None = None, **fields: Any
    ) -> None:
        place.mkdir(exist_ok=True)
        children.write_plan(place, dict(deeds or {}))
        workers = {**QUICK, **fields.pop("workers", {})}
        self.place = place
        self.drive = Drive(url, **{"trials": 8, "evaluate": EVALUATE, "workers": workers, **fields})
        self.drivers: list[Driver] = []

    def create(self) -> None:
        """Puts the search into the database, which otherwise its first driver does."""
        with open_storage(self.drive.url) as storage:
            create_search(storage, build_task(self.drive))

    def start(self, **environment: str) -> Driver:
        driver = Driver(self.drive, {children.PLACE: str(self.place), **environment})
        self.drivers.append(driver)
        return driver

    def finish(self, **environment: str) -> Driver:
        """Drives the search to its end, which must be a good one."""
        driver = self.start(**environment)
        assert driver.end() == 0, driver.lines
        return driver

    def begun(self, number: int, attempt: int = 1) -> children.Begun:
        """Waits until a child is in training."""
        file = children.begun_file(self.place, number, attempt)
        self._wait_for(file, f"attempt {attempt} at trial {number}")
        return children.read_begun(self.place, number, attempt)

    def done(self, number: int, attempt: int = 1) -> Path:
        """Waits until a child has begun, and done what it was to do; returns the file that says so."""
        self.begun(number, attempt)
        file = children.deed_file(self.place, number, attempt)
        self._wait_for(file, f"the deed of trial {number}")
        return file

    def has_trained(self, number: int, attempt: int = 1) -> bool:
        return children.trained_file(self.place, number, attempt).exists()

    def in_training(self) -> list[children.Begun]:
        """The children that were begun and are neither trained nor with a worker that has gone."""
        files = [path for path in self.place.glob("*.begun") if not path.with_suffix(".trained").exists()]
        found = [children.Begun(**json.loads(path.read_text())) for path in files]
        return [begun for begun in found if is_alive(begun.pid)]

    def record(self) -> SearchRecord:
        with open_storage(self.drive.url, read_only=True) as storage:
            return storage.search(self.drive.name)

    def trials(self) -> list[Trial]:
        with open_storage(self.drive.url, read_only=True) as storage:
            return storage.trials(storage.search(self.drive.name).search_id)

    def attempts(self, number: int) -> list[Attempt]:
        with open_storage(self.drive.url, read_only=True) as storage:
            return storage.attempts(storage.search(self.drive.name).search_id, number)

    def ends(self, number: int) -> list[AttemptState]:
        """What became of each attempt at a trial."""
        return [attempt.state for attempt in self.attempts(number)]

    def digest(self) -> str | None:
        """Of the strategy's last state."""
        return drive_search(self.drive)[1]  # of a completed search it only looks

    def check_whole(self, *, failed: int = 0) -> None:
        """The search is complete and sound, as if nothing had happened, and nothing of it is left on the machine."""
        assert [finding.text for finding in check(self.drive.url)] == []
        record, trials = self.record(), self.trials()
        assert (record.state, record.completed + record.failed) == (SearchState.COMPLETED, self.drive.trials)
        assert (record.failed, record.owner) == (failed, None)
        assert [trial.number for trial in trials] == list(range(self.drive.trials))
        assert all(trial.state.is_final for trial in trials)
        for trial in trials:
            assert self.ends(trial.number).count(AttemptState.COMPLETED) == (trial.failure is None)
        events = [trial.told_event for trial in trials if trial.told_event is not None]
        assert len(set(events)) == len(trials), "each result is told to the strategy, once"
        wait_until(lambda: not self.processes(), f"the end of {self.processes()}")
        said = [line for line in self._said() if "Traceback" in line]
        assert said == []

    def processes(self) -> list[psutil.Process]:
        """Whatever runs of this search, whoever its parent is."""
        return [process for process in psutil.process_iter() if _belongs(process, str(self.place))]

    def close(self) -> None:
        """Ends what a test that failed has left."""
        for process in self.processes():
            process.kill()
        for driver in self.drivers:
            driver.end()

    def _wait_for(self, file: Path, what: str) -> None:
        """Waits as long as there is somebody who could write the file."""
        wait_until(lambda: file.exists() or self._has_ended(), f"{what}, got {self._said()}")
        assert file.exists(), f"the last driver ended before {what}: {self._said()}"

    def _has_ended(self) -> bool:
        return all(driver.has_ended for driver in self.drivers)

    def _said(self) -> list[str]:
        return [line for driver in self.drivers for line in driver.lines]


def story(trials: Sequence[Trial]) -> list[tuple[object, ...]]:
    """What must not depend on faults: architectures, seeds, results, and the order of events."""
    return [
        (t.number, t.architecture, t.seed, t.reward, t.asked_event, t.told_event, t.curve) for t in trials
    ]


def undisturbed(place: Path, drive: Drive) -> tuple[list[tuple[object, ...]], str | None]:
    """The story of the same search left alone, in this process, and the digest of the strategy's last state."""
    place.mkdir()
    calm = replace(
        drive,
        url=f"sqlite:///{place}/calm.db",
        evaluate="",
        epochs=children.TRAINING.epochs,
        epoch_seconds=children.TRAINING.epoch_seconds,
        workers={"backend": "local"},
    )
    record, digest, code = drive_search(calm)
    assert code == 0
    with open_storage(calm.url, read_only=True) as storage:
        return story(storage.trials(record.search_id)), digest


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _belongs(process: psutil.Process, place: str) -> bool:
    try:
        return process.environ().get(children.PLACE) == place and is_alive(process.pid)
    except psutil.Error:
        return False
