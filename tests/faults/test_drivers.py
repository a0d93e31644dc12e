"""Rows 2, 14, 18 and 19 of the fault matrix, on both databases: drivers that are killed, stopped, or two at once."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from nas.storage.open import open_storage
from nas.trial import AttemptState
from tests.faults.conftest import SceneOf
from tests.faults.scenes import Scene, story, undisturbed, wait_until
from tests.nas.storage.postgresql import Server

GIVEN_UP, DONE = AttemptState.CANCELLED, AttemptState.COMPLETED
LATER = pytest.mark.faults
SQLITE_FIRST = ["sqlite", pytest.param("postgresql", marks=LATER)]
POSTGRESQL_FIRST = ["postgresql", pytest.param("sqlite", marks=LATER)]


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/nas.db"
    server: Server = request.getfixturevalue("server")
    return server.new_database()


@pytest.mark.parametrize("url", SQLITE_FIRST, indirect=True)
def test_killed_before_a_result_is_stored_it_is_trained_again_and_after_it_is_not(
    scene: SceneOf, url: str, tmp_path: Path
) -> None:
    searching = scene(url=url)
    for point in ("finish.before_commit:3", "finish.after_commit:3"):
        killed = searching.start(NAS_KILL_AT=point)
        assert killed.end() == -signal.SIGKILL, killed.lines
        assert sum(line.startswith("finished") for line in killed.lines) == 2
    searching.finish()
    searching.check_whole()
    assert searching.ends(2) == [GIVEN_UP, DONE]
    assert searching.has_trained(2, attempt=1), "the result was not there yet"
    assert all(searching.ends(trial.number) == [DONE] for trial in searching.trials() if trial.number != 2)
    assert (story(searching.trials()), searching.digest()) == undisturbed(tmp_path / "calm", searching.drive)


@pytest.mark.parametrize("url", POSTGRESQL_FIRST, indirect=True)
def test_two_drivers_at_once(scene: SceneOf, url: str, tmp_path: Path) -> None:
    searching = scene({3: ["sleep"]}, url=url)
    searching.create()
    both = [searching.start(), searching.start()]
    wait_until(lambda: any(driver.has_ended for driver in both), "the end of one of them")
    (second,) = [driver for driver in both if driver.has_ended]
    (first,) = [driver for driver in both if driver is not second]
    assert second.end() == 75, second.lines
    assert f"is driven by process {first.process.pid} on " in second.lines[-1]
    searching.done(3)
    first.kill()
    searching.finish()
    searching.check_whole()
    assert {trial.number: trial.attempts for trial in searching.trials() if trial.attempts > 1} == {3: 2}
    assert story(searching.trials()) == undisturbed(tmp_path / "calm", searching.drive)[0]


@pytest.mark.parametrize("url", POSTGRESQL_FIRST, indirect=True)
def test_a_driver_that_stood_still_while_another_took_over(scene: SceneOf, url: str, tmp_path: Path) -> None:
    searching = scene({3: ["sleep"]}, url=url, lease_seconds=1.0, workers={"silence": 600.0})
    first = searching.start()
    searching.done(3)
    first.signal(signal.SIGSTOP)
    wait_until(lambda: (searching.record().lease_age_seconds or 0.0) > 1.0, "the end of the lease")
    searching.finish()
    before, log = searching.trials(), events(searching)
    first.signal(signal.SIGCONT)
    assert first.end() == 75, first.lines
    assert "the lease with epoch" in first.lines[-1]
    assert (searching.trials(), events(searching)) == (before, log), "the first driver has written"
    searching.check_whole()
    assert searching.ends(3) == [GIVEN_UP, DONE]
    assert story(before) == undisturbed(tmp_path / "calm", searching.drive)[0]


def events(searching: Scene) -> list[object]:
    with open_storage(searching.drive.url, read_only=True) as storage:
        return list(storage.events(searching.record().search_id))


@pytest.mark.parametrize("url", SQLITE_FIRST, indirect=True)
def test_an_aimed_storm_on_drivers_and_workers(scene: SceneOf, url: str) -> None:
    """Ten kills, each of a worker with a child in training, or of the driver that holds the lease."""
    drawn = random.Random(5)
    searching = scene(trials=24, url=url, workers={"count": 2})
    driver, killed_workers, killed_drivers = searching.start(), 0, 0
    for victim in ["worker", "worker", "driver"] * 3 + ["worker"]:
        wait_until(searching.in_training, "a child in training")
        time.sleep(drawn.uniform(0.0, 0.08))  # some epochs
        in_training = searching.in_training()
        if victim == "driver":
            driver.kill()
            killed_drivers += 1
            driver = searching.start()
        elif in_training:
            killed_workers += kill(in_training[0].pid)
    assert driver.end() == 0, driver.lines
    searching.check_whole()
    lost = sum(searching.ends(trial.number).count(AttemptState.LOST) for trial in searching.trials())
    assert 3 <= lost <= killed_workers, "workers that died in training cost an attempt each, others none"
    assert searching.record().epoch >= killed_drivers
    twice = [trial.number for trial in searching.trials() if searching.ends(trial.number).count(DONE) != 1]
    assert twice == []


def kill(pid: int) -> bool:
    """Whether there was something to kill."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
