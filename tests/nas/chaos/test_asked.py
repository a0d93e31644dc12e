"""A driver that is asked for something and dies in the midst of it: what it answered is done, and done once."""

import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from nas.chaos.driver import Drive
from nas.storage.open import open_storage
from nas.storage.records import Command, CommandKind, SearchRecord
from nas.trial import Origin
from search_spaces.architecture import Architecture
from search_spaces.registry import build_space
from tests.nas.chaos.driving import GUARD_SECONDS, run_to_end, spawn, trials

NOT_HEARD = "not heard: the driver was gone"
TRIALS = 12
SPACE = build_space("toy", blocks=2)
ASKED: dict[CommandKind, dict[str, Any]] = {
    CommandKind.ADD: {"architecture": Architecture("toy", (1,) * len(SPACE.decisions)).to_json()},
    CommandKind.BUDGET: {"trials": TRIALS + 2},
    CommandKind.WORKERS: {"count": 2},
}


def new_drive(directory: Path) -> Drive:
    settings = {"population": 2, "sample": 2}
    fields: dict[str, Any] = {"trials": TRIALS, "epoch_seconds": 0.1, "strategy_settings": settings}
    return Drive(f"sqlite:///{directory / 'nas.db'}", **fields)


def look(drive: Drive) -> tuple[SearchRecord, list[Command]]:
    with open_storage(drive.url, read_only=True) as storage:
        record = storage.search(drive.name)
        return record, storage.commands(record.search_id)


def ask(drive: Drive, kind: CommandKind) -> None:
    with open_storage(drive.url) as storage:
        storage.add_command(storage.search(drive.name).search_id, kind, "me@here", ASKED.get(kind))


def begun(drive: Drive, **options: str) -> "subprocess.Popen[str]":
    """Returns a driver that has a child in training."""
    process = spawn(drive, **options)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("started"):
            return process
    raise AssertionError("the driver ended before it had begun")


def run_until_killed(drive: Drive, point: str, kind: CommandKind) -> None:
    """Asks a driver for something as soon as it has a child in training, and returns when it is dead."""
    process = begun(drive, kill_at=f"{point}:1")
    ask(drive, kind)
    process.communicate(timeout=GUARD_SECONDS)
    assert process.returncode == -signal.SIGKILL, f"{point} was not reached"


@pytest.mark.parametrize(
    ("point", "is_done"), [("add.before_commit", False), ("add.after_commit", True)], ids=str
)
def test_a_network_is_added_with_its_answer_or_not_at_all(point: str, is_done: bool, tmp_path: Path) -> None:
    drive = new_drive(tmp_path)
    run_until_killed(drive, point, CommandKind.ADD)
    added = [trial for trial in trials(drive) if trial.origin is Origin.HAND]
    (command,) = look(drive)[1]
    assert (len(added), command.answer) == (is_done, f"trial {added[0].number} waits" if added else None)
    run_to_end(drive)
    found = trials(drive)
    again = [trial for trial in found if trial.origin is Origin.HAND]
    assert [trial.number for trial in again] == [trial.number for trial in added]
    assert all(trial.reward is not None for trial in found)
    assert len(found) == TRIALS
    (command,) = look(drive)[1]
    assert command.answer == (f"trial {added[0].number} waits" if added else NOT_HEARD)


@pytest.mark.parametrize(
    ("point", "is_done"),
    [("extend.before_commit", False), ("extend.after_commit", True)],
    ids=str,
)
def test_a_budget_is_changed_with_its_answer_or_not_at_all(point: str, is_done: bool, tmp_path: Path) -> None:
    drive = new_drive(tmp_path)
    run_until_killed(drive, point, CommandKind.BUDGET)
    wanted = TRIALS + 2 if is_done else TRIALS
    record, (command,) = look(drive)
    assert (record.trial_budget, command.answer) == (
        wanted,
        f"the budget is {wanted} trials" if is_done else None,
    )
    run_to_end(drive)
    assert len(trials(drive)) == wanted
    assert look(drive)[1][0].answer == (f"the budget is {wanted} trials" if is_done else NOT_HEARD)


@pytest.mark.parametrize(
    ("point", "kind", "answer"),
    [
        ("answer.before_commit", CommandKind.PAUSE, None),
        ("answer.after_commit", CommandKind.PAUSE, "paused"),
        ("answer.before_commit", CommandKind.WORKERS, None),
        ("answer.after_commit", CommandKind.STOP, "stopping"),
    ],
    ids=str,
)
def test_what_ends_with_its_driver_is_not_for_the_next_one(
    point: str, kind: CommandKind, answer: str | None, tmp_path: Path
) -> None:
    drive = new_drive(tmp_path)
    run_until_killed(drive, point, kind)
    (command,) = look(drive)[1]
    assert command.answer == answer
    run_to_end(drive)
    record, (command,) = look(drive)
    assert command.answer == (answer or NOT_HEARD)
    assert (record.held, record.completed) == (False, TRIALS)


def test_a_search_in_another_process_does_all_that_it_is_asked(tmp_path: Path) -> None:
    drive = new_drive(tmp_path)
    process = begun(drive)
    for kind in (
        CommandKind.PAUSE, CommandKind.WORKERS, CommandKind.ADD, CommandKind.BUDGET, CommandKind.RESUME
    ):  # fmt: skip
        ask(drive, kind)
        deadline = time.monotonic() + GUARD_SECONDS
        while look(drive)[1][-1].answer is None:
            assert time.monotonic() < deadline, f"{kind} was not answered"
            time.sleep(0.05)
        assert look(drive)[0].held is (kind is not CommandKind.RESUME)
    process.communicate(timeout=GUARD_SECONDS)
    assert process.returncode == 0
    (added,) = [trial for trial in trials(drive) if trial.origin is Origin.HAND]
    record, commands = look(drive)
    assert [command.answer for command in commands] == [
        "paused",
        "2 workers now, was 1",
        f"trial {added.number} waits",
        f"the budget is {TRIALS + 2} trials",
        "goes on",
    ]
    assert (record.completed, record.held) == (TRIALS + 2, False)
    assert [trial.reward is None for trial in trials(drive)] == [False] * (TRIALS + 2)
