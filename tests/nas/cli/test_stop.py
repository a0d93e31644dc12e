"""`nas stop`, and signals that come before there is a search to stop."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from nas.cli import driver, stopping
from nas.search.commands import NOT_HEARD, Commands
from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import CommandKind, SearchRecord, SearchState
from tests.nas.cli.calling import TINY, Call, spawn
from tests.nas.search.conftest import Harness


def begin(database: str, *options: str) -> "subprocess.Popen[str]":
    """Starts a search that would take very long, and returns when a child is in training."""
    process = spawn(
        "search", "--db", database, *TINY, "--epochs", "10000", "--set", "workers.save_seconds=0", *options,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while process.poll() is None and not epochs_done(database):
        time.sleep(0.2)
    return process


def epochs_done(database: str) -> int:
    """Returns how many epochs of the first trial are in the database."""
    if not os.path.exists(database.removeprefix("sqlite:///")):  # noqa: PTH110
        return 0
    try:
        with open_storage(database, read_only=True) as storage:
            searches = storage.searches()
            return len(storage.epochs(searches[0].search_id, 0)) if searches and searches[0].created else 0
    except Exception:  # noqa: BLE001  (the process is making the database at this moment)
        return 0


def test_a_search_is_stopped_from_elsewhere(database: str, call: Call) -> None:
    process = begin(database)
    ended = call("stop", "search", "--db", database)
    again = f"nas search --resume search --db {database}"
    assert (ended.code, ended.out) == (0, f"search search is paused; to go on: {again}\n"), ended.err
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert " asks the search to stop" in err
    assert f"stopped: 0 of 40 trials done, 1 in training will be trained again; to go on: {again}" in err
    with open_storage(database, read_only=True) as storage:
        record = storage.search("search")
        assert (record.state, record.owner) == (SearchState.PAUSED, None)
        (command,) = storage.commands(record.search_id)
        (trial,) = storage.trials(record.search_id)
        saved = storage.saved_training(trial.trial_id)
    assert command.answer == "stopping"
    assert saved is not None
    assert saved.epoch > 0


def test_a_running_search_is_not_resumed_a_second_time(database: str, call: Call) -> None:
    process = begin(database)
    try:
        ended = call("search", "--resume", "search", "--db", database)
    finally:
        process.kill()
        process.communicate()
    assert (ended.code, ended.out) == (75, "")
    assert f"search 'search' is driven by process {process.pid} on " in ended.err
    assert " s ago" in ended.err
    stopped = call("stop", "search", "--db", database)
    assert stopped.code == 0
    assert stopped.err == "its driver is gone\n"
    assert stopped.out.startswith("search search is not running; to go on: nas search --resume search")


def test_a_driver_that_took_over_meanwhile_is_asked_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one before it was killed before it heard; its successor dismisses what it was asked."""
    monkeypatch.setattr("nas.cli.stopping.LOOK_SECONDS", 0.001)
    storage = Harness().create().storage
    lease = storage.acquire(1, current_owner(), seconds=30)
    commands = Commands(storage, lease)

    class Driven:
        """Looks at the commands as a driver would, whenever `nas stop` looks at the search."""

        looks = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(storage, name)

        def search(self, name: str) -> SearchRecord:
            self.looks += 1
            assert self.looks < 100, "it waits for ever"
            if self.looks == 2:
                commands.dismiss(NOT_HEARD)
                storage.add_command(1, CommandKind.PAUSE, "somebody else")
            if self.looks > 2 and [one.kind for one in commands.due(at_once=True)][-1] is CommandKind.STOP:
                commands.dismiss("stopping")
                storage.release(lease, SearchState.PAUSED)
            return storage.search(name)

    stopped = stopping.stop(Driven(), storage.search("s"))  # type: ignore[arg-type]
    assert stopped.state is SearchState.PAUSED
    assert [command.answer for command in storage.commands(1)] == [NOT_HEARD, "stopping", "stopping"]


def test_there_is_nothing_to_stop_in_a_search_that_is_over(call: Call, finished_database: str) -> None:
    ended = call("stop", "tiny", "--db", finished_database)
    assert ended.code == 0
    assert ended.out == "search tiny is completed; there is nothing to stop\n"
    with open_storage(finished_database, read_only=True) as storage:
        assert storage.commands(storage.search("tiny").search_id) == []


def test_a_search_that_is_not_there_cannot_be_stopped(call: Call, finished_database: str) -> None:
    ended = call("stop", "tinny", "--db", finished_database)
    assert ended.code == 2
    assert "Did you mean 'tiny'?" in ended.err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
@pytest.mark.parametrize("step", ["load_task", "new_pool"])
def test_a_signal_before_the_search_begins_ends_it_before_it_is_in_the_database(
    step: str, number: signal.Signals, code: int, database: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., object] = getattr(driver, step)

    def interrupted(*arguments: object, **named: object) -> object:
        os.kill(os.getpid(), number)
        return real(*arguments, **named)

    monkeypatch.setattr(driver, step, interrupted)
    ended = call("search", "--db", database, "--trials", 2, *TINY)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.endswith("stopped\n")
    with open_storage(database, read_only=True) as storage:
        assert storage.searches() == []


@pytest.mark.faults
def test_a_signal_while_ray_starts_ends_it(database: str) -> None:
    options = [option for option in TINY if option not in ("--backend", "local")]
    process = spawn(
        "search", "--db", database, "--trials", "2", *options, "--backend", "ray",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("starting Ray"):
            break
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 143, err
    assert "Traceback" not in err
