"""What every storage promises of leases, tried on each of them."""

import math
import time

import pytest

from nas.errors import SearchBusyError, StorageError, UnknownSearchError
from nas.storage.contract import Storage
from nas.storage.owner import current_owner
from nas.storage.records import SearchState
from nas.trial import Feedback
from tests.nas.storage.examples import begin, begin_trial, completed, failed, new_trial, run_trial, start
from workers.job import FailureKind


class TestLease:
    def test_a_running_search_has_an_owner(self, storage: Storage) -> None:
        search, lease = begin(storage)
        assert storage.search(search.name).state is SearchState.RUNNING
        with pytest.raises(
            SearchBusyError, match=r"search 'cifar-a' is driven by process 1 on host7, .* (29|30) s"
        ):
            storage.acquire(search.search_id, current_owner(), seconds=30)
        begin_trial(storage, lease)

    def test_a_lease_that_ran_out_is_taken_over(self, storage: Storage) -> None:
        search, old = begin(storage)
        storage.renew(old, seconds=0.05)
        time.sleep(0.1)
        new = storage.acquire(search.search_id, "host8:2:2", seconds=30)
        assert new.epoch > old.epoch
        with pytest.raises(SearchBusyError, match="taken over by process 2 on host8; nothing was written"):
            storage.add_trials(old, [new_trial()])
        assert storage.trials(search.search_id) == []
        storage.add_trials(new, [new_trial()])

    def test_the_lease_of_a_process_that_is_gone_is_taken_over(self, storage: Storage) -> None:
        search, lease = begin(storage)
        storage.release(lease, SearchState.PAUSED)
        host, pid, _, place = current_owner().split(":")
        # Another process once had our number.
        storage.acquire(search.search_id, f"{host}:{pid}:1:{place}", seconds=30)
        mine = storage.acquire(search.search_id, current_owner(), seconds=30)
        with pytest.raises(SearchBusyError, match=f"process {pid} on {host}"):
            storage.acquire(search.search_id, "host8:2:2", seconds=30)
        storage.renew(mine, seconds=30)

    def test_a_process_that_asks_again_gets_a_new_lease(self, storage: Storage) -> None:
        search, old = begin(storage)
        new = storage.acquire(search.search_id, old.owner, seconds=30)
        assert new.epoch == old.epoch + 1
        with pytest.raises(SearchBusyError, match="taken over"):
            storage.renew(old, seconds=30)

    def test_every_write_proves_its_lease(self, storage: Storage) -> None:
        search, lease = begin(storage)
        finished = run_trial(storage, lease, 0.5)
        running = begin_trial(storage, lease, 1)
        (waiting,) = storage.add_trials(lease, [new_trial(2)])
        storage.release(lease, SearchState.FAILED, "why")
        before = (storage.search(search.name), storage.trials(search.search_id))
        writes = [
            lambda: storage.renew(lease, seconds=1),
            lambda: storage.release(lease, SearchState.PAUSED),
            lambda: storage.extend(lease, trial_budget=1, time_budget_seconds=None),
            lambda: storage.add_trials(lease, [new_trial(3)]),
            lambda: start(storage, lease, waiting),
            lambda: storage.finish_trial(lease, running.trial_id, completed(running), 0.9),
            lambda: storage.finish_trial(lease, running.trial_id, failed(running), None),
            lambda: storage.requeue_trial(lease, running.trial_id, FailureKind.WORKER_LOST),
            lambda: storage.record_tell(lease, [finished.trial_id], Feedback((None,))),
            lambda: storage.save_checkpoint(lease, b"state"),
        ]
        for write in writes:
            with pytest.raises(SearchBusyError, match="was given back"):
                write()
        assert (storage.search(search.name), storage.trials(search.search_id)) == before
        assert storage.latest_checkpoint(search.search_id) is None

    def test_the_time_of_drivers_adds_up(self, storage: Storage) -> None:
        search, lease = begin(storage)
        time.sleep(0.05)
        storage.renew(lease, seconds=30)
        once = storage.search(search.name).spent_seconds
        storage.release(lease, SearchState.PAUSED)
        time.sleep(0.2)  # nobody drives
        lease = storage.acquire(search.search_id, "host7:1:1", seconds=30)
        time.sleep(0.05)
        storage.release(lease, SearchState.COMPLETED)
        assert 0.045 <= once < 0.15
        assert 0.09 <= storage.search(search.name).spent_seconds < 0.29

    def test_release_says_why_and_acquire_forgets_it(self, storage: Storage) -> None:
        search, lease = begin(storage)
        storage.release(lease, SearchState.FAILED, "first\0" + "x" * 9_000 + "last")
        record = storage.search(search.name)
        assert record.state is SearchState.FAILED
        assert record.error_text == "x" * 7_996 + "last"
        storage.acquire(search.search_id, "host7:1:1", seconds=30)
        assert storage.search(search.name).error_text == ""

    def test_new_budgets(self, storage: Storage) -> None:
        search, lease = begin(storage)
        storage.extend(lease, trial_budget=None, time_budget_seconds=0.1)
        record = storage.search(search.name)
        assert (record.trial_budget, record.time_budget_seconds) == (None, 0.1)
        with pytest.raises(StorageError, match=r"time_budget_seconds: expected a finite number, got nan"):
            storage.extend(lease, trial_budget=1, time_budget_seconds=math.nan)
        assert storage.search(search.name).trial_budget is None

    def test_unknown_id(self, storage: Storage) -> None:
        with pytest.raises(UnknownSearchError, match="id 77"):
            storage.acquire(77, "host7:1:1", seconds=30)
