"""A driver killed at twenty random moments, drawn once and for all: the search ends as one that was left alone."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.conftest import SceneOf
from tests.faults.scenes import Scene, story, undisturbed, wait_until
from tests.nas.storage.postgresql import Server

MOMENTS = 20
SEED = 11


def kill_at_a_moment(searching: Scene, drawn: random.Random) -> int:
    """Kills a driver a moment after it has begun a child; returns how many trials it had finished."""
    driver = searching.start()
    starts = drawn.choice([1, 1, 2, 3])
    wait_until(
        lambda: sum(line.startswith("started") for line in driver.lines) >= starts or driver.has_ended,
        f"the start of {starts} children",
    )
    time.sleep(drawn.uniform(0.0, 0.12))  # a child takes 80 ms, and what is around it a few more
    driver.signal(signal.SIGKILL)
    assert driver.end() == -signal.SIGKILL, driver.lines
    return sum(line.startswith("finished") for line in driver.lines)


def check_killed_at_random_moments(searching: Scene, place: Path) -> None:
    drawn = random.Random(SEED)
    finished = [kill_at_a_moment(searching, drawn) for _ in range(MOMENTS)]
    ended_before = searching.record().completed
    assert sum(finished) <= ended_before < searching.drive.trials, "the search was over before the last kill"
    searching.finish()
    searching.check_whole()
    assert sum(trial.attempts for trial in searching.trials()) >= searching.drive.trials + MOMENTS / 4
    assert searching.record().epoch >= MOMENTS
    assert (story(searching.trials()), searching.digest()) == undisturbed(place, searching.drive)


def test_killed_at_twenty_moments(scene: SceneOf, tmp_path: Path) -> None:
    check_killed_at_random_moments(scene(trials=80), tmp_path / "calm")


@pytest.mark.faults
@pytest.mark.parametrize("strategy", ["reinforce", "controller"])
def test_killed_at_twenty_moments_with_a_policy_on_postgresql(
    scene: SceneOf, tmp_path: Path, server: Server, strategy: str
) -> None:
    drive = {"trials": 80, "strategy": strategy, "strategy_settings": {}}
    check_killed_at_random_moments(scene(url=server.new_database(), **drive), tmp_path / "calm")
