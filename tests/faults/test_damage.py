"""Row 27 of the fault matrix: stored states that are damaged are passed over, and the search ends as it would have."""

import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.conftest import SceneOf
from tests.faults.scenes import Scene, story, undisturbed, wait_until

FLIP = "CAST(substr(state, 1, 10) || x'00ff00ff' || substr(state, 15) AS BLOB)"
CUT = "substr(state, 1, length(state) / 2)"
EMPTY = "x''"


def damage(searching: Scene, statement: str) -> int:
    """Changes rows behind the back of the storage; returns how many."""
    with closing(sqlite3.connect(searching.drive.url.removeprefix("sqlite:///"))) as connection, connection:
        return connection.execute(statement).rowcount


def events_of_checkpoints(searching: Scene) -> Sequence[int]:
    with closing(sqlite3.connect(searching.drive.url.removeprefix("sqlite:///"))) as connection:
        found = connection.execute("SELECT event FROM nas_checkpoints ORDER BY event").fetchall()
    return [event for (event,) in found]


@pytest.mark.parametrize(("state", "all_of_them"), [(FLIP, False), (CUT, True)])
def test_a_damaged_state_of_the_strategy(
    scene: SceneOf, tmp_path: Path, state: str, all_of_them: bool
) -> None:
    searching = scene({4: ["sleep"], 7: ["sleep"]}, trials=10)
    for number in (4, 7):
        driver = searching.start()
        searching.done(number)
        driver.signal(signal.SIGTERM)  # which stores the strategy's state
        assert driver.end() == 143, driver.lines
    older, newest = events_of_checkpoints(searching)
    newer_than = 0 if all_of_them else older
    changed = damage(searching, f"UPDATE nas_checkpoints SET state = {state} WHERE event > {newer_than}")
    assert changed == (2 if all_of_them else 1)
    driver = searching.finish()
    said = driver.wait_for("is damaged")
    assert f"after event {newest}" in said or f", {newest}" in said
    assert ("from the first event" if all_of_them else f"after event {older}") in said
    assert [line for line in driver.lines if "differently" in line] == []
    assert (story(searching.trials()), searching.digest()) == undisturbed(tmp_path / "calm", searching.drive)


def test_a_damaged_state_of_a_training(scene: SceneOf, tmp_path: Path) -> None:
    searching = scene({2: ["train_half"], 3: ["train_half"]})
    for number, attempt, state in ((2, 1, EMPTY), (3, 1, None)):
        driver = searching.start()
        searching.done(number, attempt)
        wait_until(lambda: damage(searching, "UPDATE nas_saved_trainings SET epoch = epoch"), "a saved state")
        driver.kill()
        if state is not None:
            assert damage(searching, f"UPDATE nas_saved_trainings SET state = {state}") == 1
    searching.finish()
    assert [searching.begun(number, 2).saved_bytes > 0 for number in (2, 3)] == [False, True]
    searching.check_whole()
    assert story(searching.trials()) == undisturbed(tmp_path / "calm", searching.drive)[0]
