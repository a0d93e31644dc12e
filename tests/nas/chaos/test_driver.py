"""A search whose driver is killed with SIGKILL at every named point: it ends as one that was left alone."""

import itertools
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nas.chaos.driver import Drive
from nas.errors import ConfigError
from nas.search.checkpoints import TELLS_BETWEEN
from nas.storage.open import open_storage
from nas.storage.records import SearchState
from nas.trial import AttemptState, TrialState
from tests.nas.chaos.driving import run, run_to_end, spawn, story, trials
from workers.points import POINTS

OTHERS = ("extend", "add", "answer", "upgrade", "backup")
OF_A_SEARCH = [point for point in POINTS if point.split(".")[0] not in OTHERS]
IN_A_ROW = sorted(
    OF_A_SEARCH,
    key=lambda point: (
        (OF_A_SEARCH.index("submit.after"), 1) if "requeue" in point else (OF_A_SEARCH.index(point), 0)
    ),
)
"""Something is put back after a driver that died with a child in training."""
WORKERS: Mapping[str, Any] = {"beat": 0.05, "save_seconds": 0.0}
KILLED = -signal.SIGKILL


FEW: Mapping[str, Any] = {"trials": 3, "strategy_settings": {"population": 2, "sample": 2}}
Undisturbed = tuple[list[tuple[object, ...]], dict[str, Any]]


def left_alone(drive: Drive) -> Undisturbed:
    ended = run_to_end(drive)
    return story(drive), ended


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The story and the end of the search, left alone."""
    return left_alone(new_drive(tmp_path_factory.mktemp("undisturbed")))


def new_drive(directory: Path, **fields: Any) -> Drive:
    return Drive(
        f"sqlite:///{directory / 'nas.db'}",
        **{"trials": 14, "epoch_seconds": 0.03, "workers": WORKERS, **fields},
    )


def kill_in_a_row(drive: Drive) -> None:
    """Each driver goes on with what the last one left, and dies at the next point."""
    for point in IN_A_ROW:
        code, _, err = run(drive, kill_at=f"{point}:1")
        assert code == KILLED, f"{point} was not reached: {err}"


def test_killed_once_at_every_point_one_after_the_other(tmp_path: Path, undisturbed: Undisturbed) -> None:
    drive = new_drive(tmp_path)
    kill_in_a_row(drive)
    assert run_to_end(drive) == undisturbed[1]
    assert story(drive) == undisturbed[0]
    found = trials(drive)
    assert all(trial.state is TrialState.COMPLETED for trial in found)
    assert sum(trial.attempts for trial in found) > len(found), "no attempt was lost"
    with open_storage(drive.url, read_only=True) as storage:
        record = storage.search(drive.name)
        attempts = [storage.attempts(record.search_id, trial.number) for trial in found]
    states = [[attempt.state for attempt in of_trial] for of_trial in attempts]
    assert all(of_trial.count(AttemptState.COMPLETED) == 1 for of_trial in states)
    assert record.epoch > len(OF_A_SEARCH) / 2, "hardly a driver had the lease"


@pytest.mark.faults
@pytest.mark.parametrize("strategy", ["reinforce", "controller", "local"])
def test_so_it_is_with_other_strategies(strategy: str, tmp_path: Path) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    fields: dict[str, Any] = {"strategy": strategy, "strategy_settings": {}}
    whole, killed = (new_drive(tmp_path / name, **fields) for name in ("whole", "killed"))
    ended = run_to_end(whole)
    kill_in_a_row(killed)
    assert run_to_end(killed) == ended
    assert story(killed) == story(whole)


@pytest.fixture(scope="module")
def few_undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The story and the end of a search of a few trials, left alone."""
    return left_alone(new_drive(tmp_path_factory.mktemp("few"), **FEW))


@pytest.mark.faults
@pytest.mark.parametrize("point", [point for point in OF_A_SEARCH if "requeue" not in point])
def test_killed_at_every_pass_of_every_point(
    point: str, tmp_path: Path, few_undisturbed: Undisturbed
) -> None:
    for number in itertools.count(1):
        (tmp_path / str(number)).mkdir()
        drive = new_drive(tmp_path / str(number), **FEW)
        code, _, err = run(drive, kill_at=f"{point}:{number}")
        if code == 0:
            assert number > 1, "the point was never reached"
            break
        assert code == KILLED, err
        assert run_to_end(drive) == few_undisturbed[1]
        assert story(drive) == few_undisturbed[0]


@pytest.mark.faults
@pytest.mark.parametrize("point", ["release.before_commit", "checkpoint.before_commit"])
def test_an_exhausted_search_that_is_killed_at_its_end_ends_as_one_left_alone(
    point: str, tmp_path: Path
) -> None:
    fields: dict[str, Any] = {
        "blocks": 1, "trials": 100, "strategy": "random", "strategy_settings": {}, "epochs": 1, "epoch_seconds": 0.0
    }  # fmt: skip
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    whole, killed = (new_drive(tmp_path / name, **fields) for name in ("whole", "killed"))
    ended = run_to_end(whole)
    assert ended["completed"] < 100, "the space was not exhausted"
    passes = 1 if point.startswith("release") else ended["completed"] // TELLS_BETWEEN + 1
    code, _, err = run(killed, kill_at=f"{point}:{passes}")
    assert code == KILLED, err
    assert run_to_end(killed) == ended
    assert story(killed) == story(whole)


def wait_for_line(process: Any, begins: str) -> None:
    for line in process.stderr:
        if line.startswith(begins):
            return
    raise AssertionError(f"the driver ended before it said {begins!r}")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_stops_it_and_it_goes_on_where_it_was(
    number: signal.Signals,
    code: int,
    tmp_path: Path,
    undisturbed: Undisturbed,
) -> None:
    drive = new_drive(tmp_path)
    process = spawn(drive, start_new_session=True)
    wait_for_line(process, "finished 2")
    process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == code, err
    with open_storage(drive.url, read_only=True) as storage:
        assert storage.search(drive.name).state is SearchState.PAUSED
    assert run_to_end(drive) == undisturbed[1]
    assert story(drive) == undisturbed[0]


def test_a_second_driver_is_told_who_drives(tmp_path: Path) -> None:
    drive = new_drive(tmp_path, epoch_seconds=0.5)
    first = spawn(drive, start_new_session=True)
    wait_for_line(first, "started 0")
    code, out, err = run(drive)
    first.kill()
    first.communicate()
    assert (code, out) == (75, "")
    assert f"search 'chaos' is driven by process {first.pid} on " in err
    assert " s ago" in err
    assert "nas stop chaos" in err
    assert all(trial.attempts <= 1 for trial in trials(drive)), "the second driver started something"


def test_a_driver_that_stood_still_while_another_took_over_writes_nothing(
    tmp_path: Path, undisturbed: Undisturbed
) -> None:
    drive = new_drive(tmp_path, lease_seconds=1.0)
    first = spawn(drive, start_new_session=True)
    wait_for_line(first, "finished 1")
    first.send_signal(signal.SIGSTOP)
    wait_until_busy_no_more(drive)
    assert run_to_end(drive) == undisturbed[1]
    before = story(drive)
    first.send_signal(signal.SIGCONT)
    _, err = first.communicate()
    assert first.returncode == 75, err
    assert "the lease with epoch" in err
    assert story(drive) == before == undisturbed[0]


def wait_until_busy_no_more(drive: Drive) -> None:
    """Returns when the lease of a driver that stands still has run out."""
    with open_storage(drive.url, read_only=True) as storage:
        while (storage.search(drive.name).lease_age_seconds or 0.0) <= drive.lease_seconds:
            time.sleep(0.05)


@pytest.mark.parametrize("text", ["{", "[]", '{"url": "sqlite:///a.db", "triels": 3}'])
def test_what_is_no_search_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected a JSON object with fields of `Drive`"):
        Drive.read(text)


@pytest.mark.faults
def test_children_that_all_end_their_workers_end_the_search(tmp_path: Path) -> None:
    drive = new_drive(tmp_path, evaluate="tests.nas.chaos.misbehaving:crash", workers={**WORKERS, "count": 2})
    code, out, err = run(drive)
    assert (code, out) == (4, ""), err
    assert "the last 5 trials failed, the last with: " in err
    assert "SIGSEGV" in err
    assert all(trial.attempts == 6 for trial in trials(drive) if trial.failure)


@pytest.mark.faults
def test_workers_that_never_come_up_end_it_as_well(tmp_path: Path) -> None:
    drive = new_drive(tmp_path, evaluate="tests.nas.chaos.misbehaving:crash_on_arrival")
    code, out, err = run(drive)
    assert (code, out) == (70, ""), err
    assert "workers in a row ended before they were ready" in err
    with open_storage(drive.url, read_only=True) as storage:
        assert storage.search(drive.name).state is SearchState.PAUSED
