"""Rows 23, 25 and 26 of the fault matrix: a SQLite that others lock, and disks that are full, while a search runs."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.storage.records import SearchState
from nas.trial import AttemptState
from tests.faults.children import give_word
from tests.faults.conftest import SceneOf
from tests.faults.scenes import Scene, story, undisturbed, wait_until
from tests.nas.storage.disks import SmallDisk, small_disk

DONE = AttemptState.COMPLETED


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=24) as disk:
        yield disk


def check_nothing_was_lost(searching: Scene, place: Path) -> None:
    searching.check_whole()
    assert all(searching.ends(trial.number) == [DONE] for trial in searching.trials()), (
        "something was trained twice"
    )
    assert (story(searching.trials()), searching.digest()) == undisturbed(place, searching.drive)


def lock_until_told(searching: Scene, words: str) -> None:
    driver = searching.start()
    waiting = searching.done(2)
    other = sqlite3.connect(searching.drive.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    give_word(waiting)
    said = driver.wait_for("database is locked", words)
    assert "waiting for another" in said
    wait_until(lambda: searching.has_trained(2), "the end of a training meanwhile")
    other.execute("ROLLBACK")
    other.close()
    assert driver.end() == 0, driver.lines
    driver.wait_for("there again after")


def test_a_foreign_program_locks_the_database(scene: SceneOf, tmp_path: Path) -> None:
    searching = scene({2: ["wait_for_word"]})
    lock_until_told(searching, "waited 5 s")
    check_nothing_was_lost(searching, tmp_path / "calm")


@pytest.mark.faults
def test_a_foreign_program_locks_the_database_for_longer_than_the_lease(
    scene: SceneOf, tmp_path: Path
) -> None:
    searching = scene({2: ["wait_for_word"]})
    lock_until_told(searching, "waited 3")
    check_nothing_was_lost(searching, tmp_path / "calm")


def test_a_full_disk_is_waited_for(scene: SceneOf, tmp_path: Path, disk: SmallDisk) -> None:
    """A large state of a training has to be stored: the child trains on, and its result is there in the end."""
    searching = scene({2: ["save_large"]}, url=f"sqlite:///{disk.path}/nas.db")
    driver = searching.start()
    waiting = searching.done(2)
    disk.fill()
    give_word(waiting)
    said = driver.wait_for("database or disk is full")
    assert f"0 bytes are free in {disk.path}" in said
    wait_until(lambda: searching.has_trained(2), "the end of the training on a full disk")
    assert not any(line.startswith("finished 2") for line in driver.lines), "there was room after all"
    disk.free()
    assert driver.end() == 0, driver.lines
    check_nothing_was_lost(searching, tmp_path / "calm")


def test_a_full_disk_is_not_waited_for(scene: SceneOf, tmp_path: Path, disk: SmallDisk) -> None:
    searching = scene({2: ["save_large"]}, url=f"sqlite:///{disk.path}/nas.db", wait_for_disk=False)
    driver = searching.start()
    waiting = searching.done(2)
    disk.fill()
    give_word(waiting)
    assert driver.end() == 74, driver.lines
    assert f"bytes are free in {disk.path}; free space on that disk" in driver.lines[-1]
    disk.free()
    assert searching.record().state is SearchState.RUNNING
    searching.finish()
    searching.check_whole()
    assert searching.ends(2) == [AttemptState.CANCELLED, DONE]
    assert story(searching.trials()) == undisturbed(tmp_path / "calm", searching.drive)[0]
