"""Pools of processes in tests: opened, given misdeeds to do, watched."""

import os
import signal
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil

from tests.workers import misdeeds
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.process import is_alive
from workers.process_pool import ProcessPool

__all__ = [
    "GUARD_SECONDS",
    "begin",
    "is_alive",
    "job",
    "open_pool",
    "outcomes",
    "pid_of",
    "plugin",
    "run",
    "stop",
    "until",
    "wait_until",
]

GUARD_SECONDS = 120
"""Nothing here takes that long; a test that would hang ends."""


def open_pool(workers=1, evaluate=misdeeds.evaluate, **options):
    return closing(ProcessPool(TinySpace(), tiny_data(), evaluate, workers=workers, **options))


def job(token, job_id=1, **changes):
    return replace(tiny_job(job_id), token=token, **changes)


def run(pool, token, **changes):
    """Returns the outcome of one job."""
    pool.submit(job(token, **changes))
    return outcomes(pool, 1)[0]


def outcomes(pool, count):
    """Returns as many outcomes."""
    done, deadline = [], time.monotonic() + GUARD_SECONDS
    while len(done) < count:
        assert time.monotonic() < deadline, f"{pool.running} still run"
        done += pool.wait(5)
    return done


def until(pool, is_true):
    """Waits, without an outcome, until something is so."""
    deadline = time.monotonic() + GUARD_SECONDS
    while not is_true():
        assert time.monotonic() < deadline
        assert list(pool.wait(0.02)) == []


def pid_of(outcome):
    return int(outcome.worker.split(":")[1])


def wait_until(is_true):
    """Waits, without a pool."""
    deadline = time.monotonic() + GUARD_SECONDS
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def begin(pool, deed, place, **changes):
    """Submits a job that leaves a file when it has begun, waits for that, and returns the worker's process id."""
    pid = pid_of(run(pool, "")) if pool.slots == 1 else None
    pool.submit(job(f"{deed} {place}", **changes))
    until(pool, place.exists)
    return pid


def stop(pid):
    os.kill(pid, signal.SIGSTOP)
    process = psutil.Process(pid)
    wait_until(lambda: process.status() == psutil.STATUS_STOPPED)


def plugin(place: Path, text: str) -> Path:
    place.write_text(text)
    return place
