"""Rows 1, 3 to 5, 7 to 9 and 37 of the fault matrix: workers of a whole search that are killed, stopped, hung."""

import os
import signal
from pathlib import Path

from nas.trial import AttemptState
from tests.faults.conftest import SceneOf
from tests.faults.scenes import is_alive, story, undisturbed, wait_until
from workers.job import FailureKind

LOST, DONE = AttemptState.LOST, AttemptState.COMPLETED
GIVEN_UP = AttemptState.CANCELLED
"""With its driver: neither worker nor child is to blame."""


def test_a_worker_killed_in_training(scene: SceneOf, tmp_path: Path) -> None:
    searching = scene({2: ["sleep"]})
    driver = searching.start()
    searching.done(2)
    os.kill(searching.begun(2).pid, signal.SIGKILL)
    assert driver.end() == 0, driver.lines
    searching.check_whole()
    assert searching.ends(2) == [LOST, DONE]
    assert "SIGKILL" in driver.wait_for("requeued 2 worker lost")
    assert story(searching.trials()) == undisturbed(tmp_path / "calm", searching.drive)[0]


def test_a_worker_that_is_asked_to_end(scene: SceneOf) -> None:
    searching = scene({2: ["sleep"]})
    driver = searching.start()
    searching.done(2)
    os.kill(searching.begun(2).pid, signal.SIGTERM)
    assert driver.end() == 0, driver.lines
    searching.check_whole()
    assert searching.ends(2) == [AttemptState.PREEMPTED, DONE]
    assert searching.trials()[2].own_failures == 0


def test_a_worker_that_is_stopped_for_too_long(scene: SceneOf) -> None:
    searching = scene({2: ["sleep"]}, workers={"silence": 1.0, "beat": 0.1})
    driver = searching.start()
    searching.done(2)
    stopped = searching.begun(2).pid
    os.kill(stopped, signal.SIGSTOP)
    searching.begun(2, attempt=2)
    assert not is_alive(stopped), "a second worker trains the child while the first one is there"
    assert driver.end() == 0, driver.lines
    searching.check_whole()
    assert searching.ends(2) == [LOST, DONE]
    assert "expected a sign of life" in driver.wait_for("requeued 2")


def test_all_workers_killed_at_once(scene: SceneOf) -> None:
    searching = scene({2: ["sleep"], 3: ["sleep"], 4: ["sleep"]}, workers={"count": 3})
    driver = searching.start()
    for number in (2, 3, 4):
        searching.done(number)
    for number in (2, 3, 4):
        os.kill(searching.begun(number).pid, signal.SIGKILL)
    assert driver.end() == 0, driver.lines
    searching.check_whole()
    assert [searching.ends(number) for number in (2, 3, 4)] == [[LOST, DONE]] * 3


def test_a_worker_killed_while_a_child_it_has_forked_lives(scene: SceneOf) -> None:
    searching = scene({1: ["fork_and_sleep"]})
    driver = searching.start()
    parent, child = map(int, searching.done(1).read_text().split())
    assert is_alive(child)
    os.kill(parent, signal.SIGKILL)
    searching.begun(1, attempt=2)
    assert not is_alive(child)
    assert driver.end() == 0, driver.lines
    searching.check_whole()
    assert searching.ends(1) == [LOST, DONE]


def test_a_training_that_hangs(scene: SceneOf) -> None:
    searching = scene({1: ["sleep_through_terms"]}, workers={"trial_timeout": 1.5})
    driver = searching.start()
    searching.done(1)
    hung = searching.begun(1).pid
    searching.begun(2)
    assert not is_alive(hung), "another child is trained while the hung one holds its memory"
    assert driver.end() == 0, driver.lines
    searching.check_whole(failed=1)
    assert searching.trials()[1].failure is FailureKind.TIMEOUT
    assert searching.ends(1) == [AttemptState.FAILED]


def test_a_training_that_lets_no_other_thread_run(scene: SceneOf) -> None:
    """Not even the one that shows signs of life: nobody can tell it from a worker that was stopped."""
    searching = scene({1: ["hold_gil"]}, workers={"silence": 1.0})
    driver = searching.start()
    hung = searching.begun(1).pid
    searching.begun(1, attempt=2)
    assert not is_alive(hung)
    assert driver.end() == 0, driver.lines
    searching.check_whole()
    assert searching.ends(1) == [LOST, DONE]


def test_a_reader_of_pictures_that_hangs(scene: SceneOf, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "picture.png")
    searching = scene({1: [f"read_fifo {tmp_path / 'picture.png'}"]}, workers={"epoch_timeout": 1.5})
    driver = searching.start()
    hung = searching.begun(1).pid
    searching.begun(2)
    assert not is_alive(hung)
    assert driver.end() == 0, driver.lines
    searching.check_whole(failed=1)
    assert searching.trials()[1].failure is FailureKind.TIMEOUT


def test_what_is_left_of_a_driver_that_was_killed_ends_by_itself(scene: SceneOf) -> None:
    searching = scene({2: ["outlive_driver_for_a_moment"]})
    driver = searching.start()
    searching.done(2)
    orphan = searching.begun(2).pid
    driver.kill()
    assert is_alive(orphan), "it ended with its driver, which it was not to notice at once"
    searching.finish()
    wait_until(lambda: not is_alive(orphan), "the end of the orphan")
    searching.check_whole()
    assert searching.ends(2) == [GIVEN_UP, DONE]


def test_an_orphan_that_cannot_end_itself_disturbs_nobody(scene: SceneOf, tmp_path: Path) -> None:
    searching = scene({2: ["outlive_driver"]})
    driver = searching.start()
    searching.done(2)
    orphan = searching.begun(2).pid
    driver.kill()
    searching.finish()
    assert is_alive(orphan), "the next driver was not tried with an orphan about"
    os.kill(orphan, signal.SIGKILL)
    searching.check_whole()
    assert searching.ends(2) == [GIVEN_UP, DONE]
    assert story(searching.trials()) == undisturbed(tmp_path / "calm", searching.drive)[0]
