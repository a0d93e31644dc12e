"""Rows 6 and 30 to 33 of the fault matrix: children of a whole search that crash, eat memory or behave oddly."""

import os
import re
from itertools import pairwise

import pytest

from nas.storage.records import SearchState
from nas.trial import AttemptState
from tests.faults.children import EVERY
from tests.faults.conftest import SceneOf
from workers.job import ERROR_TEXT_LIMIT, FailureKind

FAILED, LOST, DONE = AttemptState.FAILED, AttemptState.LOST, AttemptState.COMPLETED


def test_workers_that_crash_at_import(scene: SceneOf) -> None:
    searching = scene(evaluate="tests.faults.crashing:evaluate")
    driver = searching.start(FAULTS_CRASH=str(os.getpid()))
    assert driver.end() == 70, driver.lines
    assert (
        "3 workers in a row ended before they were ready; the last was killed by SIGSEGV" in driver.lines[-1]
    )
    assert searching.record().state is SearchState.PAUSED
    assert searching.ends(0) == [AttemptState.CANCELLED]
    searching.finish()
    searching.check_whole()


def test_workers_that_every_child_crashes(scene: SceneOf) -> None:
    searching = scene({EVERY: ["crash"]}, trials=20, workers={"count": 3})
    driver = searching.start()
    assert driver.end() == 4, driver.lines
    assert re.search(r"the last [567] trials failed, the last with: worker ", driver.lines[-1])
    assert "was killed by SIGSEGV" in driver.lines[-1]
    assert searching.record().state is SearchState.FAILED
    ended = [trial for trial in searching.trials() if trial.failure is FailureKind.WORKER_LOST]
    assert len(ended) == 5
    assert all(searching.ends(trial.number) == 6 * [LOST] for trial in ended), "five more attempts each"
    assert "Traceback" not in "".join(driver.lines)


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        ("fail out_of_memory", FailureKind.OUT_OF_MEMORY),
        ("run_out_of_memory", FailureKind.OUT_OF_HOST_MEMORY),
    ],
)
def test_memory_that_ran_out(scene: SceneOf, deed: str, kind: FailureKind) -> None:
    """Once it is bad luck, twice the child does not fit; each time in a process that holds nothing of before."""
    searching = scene({2: [deed], 3: [deed, deed]}, workers={"count": 2})
    driver = searching.finish()
    searching.check_whole(failed=1)
    assert searching.ends(2) == [FAILED, DONE]
    assert searching.ends(3) == [FAILED, FAILED]
    assert [attempt.failure for attempt in searching.attempts(3)] == [kind, kind]
    assert searching.trials()[2].own_failures == 1
    for number in (2, 3):
        assert searching.begun(number, 1).pid != searching.begun(number, 2).pid
    others = [searching.ends(number) for number in range(8) if number not in (2, 3)]
    assert others == [[DONE]] * 6, "a neighbour was harmed"
    assert driver.wait_for(f"requeued 2 {kind.value.replace('_', ' ')}")


def test_children_that_fail_in_ways_of_their_own(scene: SceneOf) -> None:
    """Each is told as a failure, and nothing else is harmed."""
    deeds = {
        1: ["fail diverged"],
        3: ["reach_nan"],
        5: ["raise_two_arguments"],
        7: ["raise_speechless"],
        9: ["raise_local"],
        11: ["raise_long"],
        13: ["leave 3"],
        15: ["interrupt"],
        17: [f"shout {100 * 2**20}"],
    }
    searching = scene(deeds, trials=20)
    driver = searching.finish()
    searching.check_whole(failed=8)
    trials = searching.trials()
    for number, (deed,) in deeds.items():
        assert searching.begun(number).deed == deed
        assert searching.ends(number) == [DONE if number == 17 else FAILED]
        assert trials[number].told_event is not None
    kinds = [trials[number].failure for number in list(deeds)[:-1]]
    assert kinds == [FailureKind.DIVERGED, *[FailureKind.ERROR] * 7]
    assert [trial.reward for trial in trials if trial.failure] == [None] * 8
    assert "expected either a finite accuracy or a failure, got accuracy nan" in trials[3].error_text
    assert max(len(trial.error_text) for trial in trials) <= ERROR_TEXT_LIMIT
    assert trials[11].error_text.endswith(" the end\n")
    workers = [searching.begun(number).pid for number in range(20)]
    left = [number for number, (pid, next_pid) in enumerate(pairwise(workers)) if pid != next_pid]
    assert left == [3, 5, 7, 9, 11, 13, 15], "an error costs its worker's process, and nothing else does"
    assert sum(map(len, driver.lines)) < 10_000, "what a child prints is not the driver's to print"
