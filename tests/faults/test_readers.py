"""Row 35 of the fault matrix: a dashboard's reader of many trials, killed and started again, while a search runs."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nas.bench.filling import fill
from nas.storage.check import check
from nas.storage.open import open_engine, open_storage
from nas.storage.records import SearchState
from tests.faults.children import TRAINING
from tests.faults.conftest import SceneOf
from tests.faults.scenes import Scene, story, undisturbed, wait_until

READ = """
import sys
from itertools import count
from nas.storage.open import open_storage
from nas.trial import TrialState

for turn in count(1):
    with open_storage(sys.argv[1], read_only=True) as storage:
        for record in storage.searches():
            search_id = record.search_id
            page = storage.page(search_id, limit=50)
            storage.page(search_id, state=TrialState.COMPLETED, before=record.created // 2, limit=50)
            storage.leaderboard(search_id, 20), storage.architectures(search_id, 20), storage.failures(search_id)
            storage.events(search_id, after=0), storage.history(search_id), storage.workers(search_id)
            assert len(page) >= min(50, record.created), len(page)  # it may have grown since
    print(turn, flush=True)
"""


class Reader:
    """A process that reads what a dashboard does, as fast as it can, and counts its turns."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", READ, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.read_once()

    def read_once(self) -> None:
        """Waits until it has read everything, once more."""
        line = self._process.stdout.readline()
        assert line, self._process.stderr.read()

    def kill(self) -> int:
        """Returns how often it had read everything; it must not have failed."""
        assert self._process.poll() is None, self._process.stderr.read()
        os.kill(self._process.pid, signal.SIGKILL)
        out, err = self._process.communicate()
        assert err == ""
        return out.count("\n")


def check_read_while_searching(searching: Scene, trials: int, place: Path) -> dict[str, float]:
    """Returns how long the search took, and how often everything was read meanwhile."""
    url = searching.drive.url
    with open_storage(url) as storage, open_engine(url, read_only=False) as engine:
        filled = fill(storage, engine, "large", trials, lambda done, of: None)
        storage.release(filled.lease, SearchState.PAUSED)
    before = fingerprint(url)
    reader = Reader(url)
    reader.kill()
    assert fingerprint(url) == before, "a reader has written"
    reader, began, turns = Reader(url), time.monotonic(), 0
    driver = searching.start()
    for number in range(5, searching.drive.trials, 10):
        driver.wait_for(f"finished {number}")
        reader.read_once()
        turns += reader.kill() + 1
        reader = Reader(url)
    assert driver.end() == 0, driver.lines
    seconds = time.monotonic() - began
    reader.read_once()
    reader.kill()
    assert not any("locked" in line for line in driver.lines), driver.lines
    check_of_both(searching, trials)
    assert story(searching.trials()) == undisturbed(place, searching.drive)[0]
    return {"seconds": seconds, "turns": turns}


def check_of_both(searching: Scene, trials: int) -> None:
    assert check(searching.drive.url) == []
    assert (searching.record().state, searching.record().completed) == (
        SearchState.COMPLETED,
        searching.drive.trials,
    )
    with open_storage(searching.drive.url, read_only=True) as storage:
        assert storage.search("large").created == trials
    wait_until(lambda: not searching.processes(), "the end of all processes")


def fingerprint(url: str) -> str:
    return hashlib.sha256(Path(url.removeprefix("sqlite:///")).read_bytes()).hexdigest()


@pytest.mark.parametrize("trials", [2_000, pytest.param(120_000, marks=pytest.mark.faults)])
def test_a_reader_beside_a_search(
    scene: SceneOf, tmp_path: Path, trials: int, record_property: Callable[[str, object], None]
) -> None:
    """How much slower the search was is in the report of the tests, and no reason to fail."""
    fields = {"trials": 36, "evaluate": "", "epoch_seconds": TRAINING.epoch_seconds}
    for key, value in check_read_while_searching(scene(**fields), trials, tmp_path / "calm").items():
        record_property(key, value)
    began = time.monotonic()
    scene(name="alone", **fields).finish()
    record_property("seconds_alone", time.monotonic() - began)
