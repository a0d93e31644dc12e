"""Jobs for pools on Ray that do what their token says, and waiting for what they do."""

from tests.workers.processes import is_alive, job, pid_of, wait_until

process_of = pid_of


def deed(job_id, token):
    return job(token, job_id)


def run(pool, job):
    pool.submit(job)
    (outcome,) = pool.wait(60)
    assert outcome.token == job.token
    return outcome


def gone(process):
    """Waits until a process has ended, which the test fails without."""
    wait_until(lambda: not is_alive(process))


def begun(file):
    """Waits until a job has left a file, which the test fails without."""
    wait_until(file.exists)
