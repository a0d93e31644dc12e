"""Jobs that do what their token says, and waiting for what they do."""

import time
from dataclasses import replace

from tests.workers.tiny import tiny_job
from workers.job import Job
from workers.process import is_alive


def deed(job_id: int, token: str) -> Job:
    return replace(tiny_job(job_id), token=token)


def run(pool, job):
    pool.submit(job)
    (outcome,) = pool.wait(60)
    assert outcome.token == job.token
    return outcome


def process_of(outcome):
    return int(outcome.worker.split(":")[1])


def gone(process):
    """Waits until a process has ended, which the test fails without."""
    deadline = time.monotonic() + 30
    while is_alive(process):
        assert time.monotonic() < deadline, f"process {process} lives on"
        time.sleep(0.02)


def begun(file):
    """Waits until a job has left a file, which the test fails without."""
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, "the job did not begin"
        time.sleep(0.02)
