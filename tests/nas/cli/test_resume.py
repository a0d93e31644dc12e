"""`nas search --resume`: real processes that are stopped, ended and killed, and what becomes of their searches."""

import re
import signal
import subprocess
import time

import pytest

from nas.storage.open import open_storage
from nas.storage.records import SearchRecord, SearchState
from nas.trial import Trial, TrialState
from tests.nas.cli.calling import TINY, Call, spawn

TRIALS = 12


def begin(database: str, *options: str) -> "subprocess.Popen[str]":
    return spawn(
        "search", "--db", database, "--trials", str(TRIALS), *TINY, *options,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def wait_for_trials(process: "subprocess.Popen[str]", count: int) -> None:
    """Returns when so many trials are done."""
    done = 0
    assert process.stderr is not None
    for line in process.stderr:
        done += " done: " in line
        if done == count:
            return
    raise AssertionError(f"the search ended after {done} trials")


def read(database: str) -> tuple[SearchRecord, list[Trial]]:
    with open_storage(database, read_only=True) as storage:
        record = storage.search("search")
        return record, storage.trials(record.search_id)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    """The trials of the same search, left alone."""
    database = f"sqlite:///{tmp_path_factory.mktemp('whole') / 'nas.db'}"
    process = begin(database)
    process.communicate()
    assert process.returncode == 0
    return read(database)[1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal_and_resumed(
    number: signal.Signals, code: int, database: str, call: Call, uninterrupted: list[Trial]
) -> None:
    process = begin(database)
    wait_for_trials(process, 3)
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == code, err
    assert out == ""
    assert "stopping: " in err
    record, trials = read(database)
    again = re.escape(f"nas search --resume search --db {database}")
    done = f"stopped: {record.completed} of {TRIALS} trials done"
    # Between two trainings nothing is in training.
    stopped = rf"{done}(, 1 in training will be trained again)?; to go on: {again}"
    assert re.fullmatch(stopped, err.splitlines()[-1])
    assert record.state is SearchState.PAUSED
    assert {trial.state for trial in trials} <= {TrialState.COMPLETED, TrialState.WAITING}
    check_goes_on(call, database, uninterrupted)


def test_killed_and_resumed(database: str, call: Call, uninterrupted: list[Trial]) -> None:
    process = begin(database)
    wait_for_trials(process, 4)
    process.kill()
    process.communicate()
    assert read(database)[0].state is SearchState.RUNNING
    check_goes_on(call, database, uninterrupted)


def check_goes_on(call: Call, database: str, uninterrupted: list[Trial]) -> None:
    """Resumes the search and checks that it comes to the same end as one that was never interrupted."""
    ended = call("search", "--resume", "search", "--db", database)
    assert ended.code == 0, ended.err
    assert ended.err.startswith("resumed: ")
    assert ended.out.startswith(f"Search search: {TRIALS} trials completed")
    record, trials = read(database)
    assert (record.state, record.completed) == (SearchState.COMPLETED, TRIALS)
    assert [(trial.architecture, trial.reward) for trial in trials] == [
        (trial.architecture, trial.reward) for trial in uninterrupted
    ]


def test_two_signals_end_at_once(database: str) -> None:
    process = begin(database, "--epochs", "10000")
    while not _is_training(database):
        assert process.poll() is None, "it ended before it trained"
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert read(database)[0].completed == 0, "the child was waited for"


def _is_training(database: str) -> bool:
    try:
        return any(trial.state is TrialState.RUNNING for trial in read(database)[1])
    except Exception:  # noqa: BLE001  (the process is making the database at this moment)
        return False


def test_a_completed_search_is_left_as_it_is(call: Call, finished_database: str) -> None:
    ended = call("search", "--resume", "tiny", "--db", finished_database)
    assert ended.code == 0
    assert (
        ended.err == "search tiny is already complete; --trials or --time beyond its budget makes it go on\n"
    )
    assert ended.out.startswith("Search tiny: 5 trials completed")


def test_a_larger_budget_makes_it_go_on_and_is_remembered(call: Call, database: str) -> None:
    assert call("search", "--db", database, "--trials", 2, *TINY).code == 0
    assert call("search", "--resume", "search", "--trials", 4, "--db", database).code == 0
    record, trials = read(database)
    assert (record.trial_budget, len(trials)) == (4, 4)
    assert call("search", "--resume", "search", "--db", database).code == 0
    assert read(database)[0].trial_budget == 4


def test_a_name_that_is_not_there(call: Call, finished_database: str) -> None:
    ended = call("search", "--resume", "tinny", "--db", finished_database)
    assert ended.code == 2
    assert "Did you mean 'tiny'?" in ended.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--seed", "3"], "seed: 0 in the search, 3 now"),
        (["--dataset", "digits", "--epochs", "2"], "recipe.epochs: 1 in the search, 2 now"),
        (["--set", "space.settings.blocks=4"], "space.settings.blocks: 1 in the search, 4 now"),
        (["--name", "other"], "name: 'tiny' in the search, 'other' now"),
        (
            ["--strategy", "random", "--seed", "9"],
            "seed: 0 in the search, 9 now; strategy.name: 'controller' in the search, 'random' now",
        ),
    ],
)
def test_what_would_make_it_another_search_is_refused(
    arguments: list[str], named: str, call: Call, finished_database: str
) -> None:
    ended = call("search", "--resume", "tiny", "--db", finished_database, *arguments)
    assert ended.code == 2
    assert f"expected what it was begun with, got {named}; leave that out, or start" in ended.err


def test_a_budget_below_what_has_begun_is_refused(call: Call, finished_database: str) -> None:
    ended = call("search", "--resume", "tiny", "--trials", 3, "--db", finished_database)
    assert ended.code == 2
    assert "at least the 5 trials that it has begun, got 3" in ended.err
    assert call("list", "--db", finished_database, "--json").out.count('"running"') == 0
