"""What only a database can promise: nothing is lost when a process dies, and of two drivers one gives way."""

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from nas.errors import SearchBusyError
from nas.storage.check import check
from nas.storage.connection import transaction
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.storage.owner import current_owner
from nas.storage.records import SearchState
from nas.storage.sql import SqlStorage
from nas.storage.statements import TOUCH, Fence
from nas.trial import Trial, TrialState
from tests.nas.storage import driver
from tests.nas.storage.examples import SEARCH, begin, live

KILLS = 4


class Driver:
    """A child that drives the search, and what it has said so far."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, driver.__file__, url, SEARCH.name]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.output = self.process.stdout
        self.epoch = int(self.output.readline().split()[1])

    def kill_after(self, lines: int, seed: int) -> dict[int, float]:
        """Kills it in the middle of some transaction; returns the numbers and rewards it was told are stored."""
        said = [self.output.readline() for _ in range(lines)]
        try:
            self.process.wait(
                random.Random(seed).random() * 0.004
            )  # anywhere in a trial's life of about 2 ms
        except subprocess.TimeoutExpired:
            self.process.kill()
        said += self.output.read().splitlines()
        self.output.close()
        assert self.process.wait() == -9
        whole = [line.split() for line in said if line.count(" ") == 2]
        return {int(number): float(reward) for _, number, reward in whole}


def check_whole(storage: Storage, acknowledged: dict[int, float]) -> Counter[TrialState]:
    search = storage.search(SEARCH.name)
    trials = storage.trials(search.search_id)
    states = Counter(trial.state for trial in trials)
    assert [trial.number for trial in trials] == list(range(search.created))
    assert (search.completed, search.failed) == (states[TrialState.COMPLETED], states[TrialState.FAILED])
    rewards = {trial.number: trial.reward for trial in trials}
    assert acknowledged == {number: rewards[number] for number in acknowledged}
    events = [event for trial in trials for event in (trial.asked_event, trial.told_event) if event]
    assert sorted(events) == list(range(1, search.event + 1))
    told = [(trial.number,) for trial in trials if trial.told_event]
    assert [update.trials for update in storage.updates(search.search_id)] == told
    best = storage.leaderboard(search.search_id, 1)
    assert [trial.number for trial in best] == ([] if search.best_number is None else [search.best_number])
    checkpoint = storage.latest_checkpoint(search.search_id)
    assert checkpoint is None or 0 < checkpoint.event <= search.event
    return states


@pytest.mark.slow
def test_a_killed_driver_loses_nothing(url: str) -> None:
    with open_storage(url) as storage:
        storage.create_search(SEARCH)
        acknowledged: dict[int, float] = {}
        epochs = []
        for kill in range(KILLS):
            process = Driver(url)  # takes over at once: the process that held the lease is gone
            epochs.append(process.epoch)
            acknowledged |= process.kill_after(20 + kill, seed=kill)
            states = check_whole(storage, acknowledged)
            assert [finding for finding in check(url) if finding.is_damage] == []
            assert len(acknowledged) >= (kill + 1) * 20
        assert epochs == sorted(set(epochs))
        assert (
            sum(states.values()) - states[TrialState.COMPLETED] <= 6
        )  # at most one is cut short by each kill
        if url.startswith("sqlite"):
            with transaction(storage._engine) as connection:
                assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def test_of_two_drivers_one_gives_way(url: str) -> None:
    with open_storage(url) as storage:
        search = storage.create_search(SEARCH)
        first = Driver(url)
        with pytest.raises(SearchBusyError, match=f"driven by process {first.process.pid} on "):
            storage.acquire(search.search_id, current_owner(), seconds=30)
        first.kill_after(3, seed=0)
        lease = storage.acquire(search.search_id, current_owner(), seconds=30)
        assert lease.epoch == first.epoch + 1
        live(storage, lease, storage.search(SEARCH.name).created)


def test_a_reader_sees_while_another_writes(url: str) -> None:
    with open_storage(url) as storage, open_storage(url, read_only=True) as reader:
        search, lease = begin(storage)
        assert isinstance(storage, SqlStorage)
        reads: list[tuple[SearchState, list[Trial]]] = []

        def look(connection: Connection, fence: Fence) -> None:
            """Runs in a writing transaction that is open meanwhile."""
            connection.execute(text("UPDATE nas_searches SET state = 'paused', owner = NULL"))
            assert fence.created == 0
            reads.append((reader.search(SEARCH.name).state, reader.trials(search.search_id)))
            connection.execute(text("UPDATE nas_searches SET state = 'running', owner = 'host7:1:1'"))

        storage._fenced(lease, "", TOUCH, look, lambda *_: None)
        assert reads == [(SearchState.RUNNING, [])]
        live(storage, lease, 0)
        assert len(reader.trials(search.search_id)) == 1


def test_a_damaged_checkpoint_is_passed_over(url: str) -> None:
    with open_storage(url) as storage:
        search, lease = begin(storage)
        for number in range(2):
            live(storage, lease, number)
            storage.save_checkpoint(lease, f"state {number}".encode())
        assert isinstance(storage, SqlStorage)
        with transaction(storage._writer) as connection:
            connection.execute(text("UPDATE nas_checkpoints SET sha256 = 'x' WHERE event = 4"))
        checkpoint = storage.latest_checkpoint(search.search_id)
        assert checkpoint is not None
        assert (checkpoint.event, checkpoint.state) == (2, b"state 0")


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_a_clock_that_was_set_takes_no_time_and_gives_none(url: str, jump: int) -> None:
    with open_storage(url) as storage:
        _, lease = begin(storage)
        assert isinstance(storage, SqlStorage)
        set_clock = text(f"UPDATE nas_searches SET renewed_at = renewed_at - {jump}, spent_seconds = 7")
        with transaction(storage._writer) as connection:
            connection.execute(set_clock)
        storage.renew(lease, seconds=30)
        assert 7 <= storage.search(SEARCH.name).spent_seconds < 607
        with transaction(storage._writer) as connection:
            connection.execute(set_clock)
        storage.release(lease, SearchState.PAUSED)
        assert 7 <= storage.search(SEARCH.name).spent_seconds < 607


def test_the_numbers_are_columns(url: str) -> None:
    """What the dashboard and a person at a prompt sort by is a number to SQL, and the ranking reads an index."""
    with open_storage(url) as storage:
        _, lease = begin(storage)
        for number in range(3):
            live(storage, lease, number)
        assert isinstance(storage, SqlStorage)
        ranking = "FROM nas_trials WHERE search_id = 1 AND reward IS NOT NULL ORDER BY reward DESC, number"
        with transaction(storage._engine) as connection:
            ranked = connection.execute(text(f"SELECT number, reward {ranking}"))
            assert [tuple(row) for row in ranked] == [(1, 0.7), (2, 0.4), (0, 0.0)]
            if connection.dialect.name == "sqlite":
                (step,) = connection.execute(text(f"EXPLAIN QUERY PLAN SELECT worker {ranking}")).all()
                assert step.detail.startswith(
                    "SEARCH nas_trials USING INDEX ix_nas_trials_reward (search_id=?"
                )


def test_no_file_is_left_open(tmp_path: Path, sqlite_url: str) -> None:
    storage = open_storage(sqlite_url)
    begin(storage)
    storage.close()
    storage.close()
    # The log is folded into the file when its last user leaves: one file can be copied away.
    assert [path.name for path in tmp_path.iterdir()] == ["nas.db"]
