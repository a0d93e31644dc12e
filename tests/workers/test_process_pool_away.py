"""A driver that was away comes back to healthy workers, and to dead ones: real processes, real signals."""

import os
import signal
import time

import psutil

from tests.workers.processes import begin, job, open_pool, outcomes, pid_of, run, stop, wait_until
from workers import process_pool, supervision
from workers.job import FailureKind
from workers.pool import Patience


def away(pool, seconds):
    """Lets two jobs begin, one of which sends large states, and comes back after so long for their outcomes."""
    for job_id in (1, 2):
        pool.submit(job("", job_id=job_id))
    outcomes(pool, 2)
    pool.submit(job("report_states 20", job_id=1))
    pool.submit(job(f"pause {seconds + 1}", job_id=2))
    assert list(pool.wait(0.3)) == []
    time.sleep(seconds)
    return sorted(outcomes(pool, 2), key=lambda outcome: outcome.job_id)


def test_what_was_said_while_the_driver_was_away_is_heard_before_anybody_is_judged(monkeypatch):
    """Alone by what lies in the links: whole signs of life, and half a state."""
    monkeypatch.setattr(supervision, "GAP_SECONDS", 1000.0)
    with open_pool(workers=2, patience=Patience(beat=0.2, silence=3)) as pool:
        assert [outcome.error_text for outcome in away(pool, 4)] == ["", ""]


def test_time_that_the_driver_was_away_is_no_childs():
    with open_pool(workers=2, patience=Patience(beat=0.2, silence=60, epoch=4, trial=5)) as pool:
        assert [outcome.error_text for outcome in away(pool, 6)] == ["", ""]


def test_a_worker_that_hung_while_the_driver_was_away_is_found(tmp_path):
    with open_pool(patience=Patience(beat=0.1, silence=2)) as pool:
        pid = begin(pool, "sleep", tmp_path / "begun")
        stop(pid)
        time.sleep(3)
        (lost,) = outcomes(pool, 1)
        assert lost.failure is FailureKind.WORKER_LOST
        assert "expected a sign of life" in lost.error_text
        assert not psutil.pid_exists(pid) or run(pool, "").failure is None


def test_a_stopped_worker_is_lost_and_its_child_not_too_slow(tmp_path):
    with open_pool(patience=Patience(beat=0.1, silence=60, epoch=1)) as pool:
        stop(begin(pool, "sleep", tmp_path / "begun"))
        assert outcomes(pool, 1)[0].failure is FailureKind.WORKER_LOST


def test_epochs_that_are_shorter_than_a_beat_may_have_a_limit_below_it():
    with open_pool(patience=Patience(beat=1.5, epoch=1)) as pool:
        run(pool, "")
        assert run(pool, "report_epochs 14").failure is None


def test_a_worker_that_ends_with_a_job_it_has_not_read_costs_the_job_nothing(monkeypatch):
    monkeypatch.setattr(process_pool, "UNREAD_ATTEMPTS", 1)
    with open_pool() as pool:
        killed = [pid_of(run(pool, ""))]
        stop(killed[0])
        pool.submit(job("pause 0", job_id=5))
        assert pool._slots[0].job is not None, "the job was not handed to the worker that is to die with it"
        os.kill(killed[0], signal.SIGKILL)
        wait_until(lambda: list(pool.wait(0.05)) or not psutil.pid_exists(killed[0]))
        assert pool.running == {5}
        (outcome,) = outcomes(pool, 1)
        assert (outcome.failure, outcome.token) == (None, "pause 0")
        assert pid_of(outcome) != killed[0]


def test_a_job_that_no_worker_comes_to_read_is_lost_in_the_end(monkeypatch):
    monkeypatch.setattr(process_pool, "UNREAD_ATTEMPTS", 0)
    with open_pool() as pool:
        pid = pid_of(run(pool, ""))
        stop(pid)
        pool.submit(job("pause 0"))
        os.kill(pid, signal.SIGKILL)
        assert outcomes(pool, 1)[0].failure is FailureKind.WORKER_LOST
