"""What the matrix of faults asks of Ray: real processes, real signals, each seen to have had its effect.

In every test a job is in training when the fault comes. It ends with the kind of failure that the fault is, what
trained it is gone, and the pool does the next job.
"""

import os
import signal
import socket
import sys
import time
from contextlib import contextmanager

import psutil
import pytest

from tests.workers import misdeeds, tiny
from tests.workers.clusters import SmallCluster
from tests.workers.jobs import begun, deed, gone, process_of, run
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.errors import PoolError, UnreachableError
from workers.job import FailureKind
from workers.pool import Patience
from workers.process import is_alive
from workers.ray_pool import RayPool

pytestmark = pytest.mark.faults
QUICK = Patience(beat=0.3, silence=3.0)
CALM = Patience(beat=0.3, silence=120.0)
"""Whoever waits for silence alone would fail the test."""


def open_pool(**options):
    settings = {"workers": 1, "patience": CALM, "plugin_modules": (tiny, misdeeds), **options}
    return RayPool(TinySpace(), tiny_data(), misdeeds.evaluate, **settings)


def in_training(pool, tmp_path, action="sleep", job_id=100):
    """Submits a job that sleeps for a minute and returns the ids of its processes, its worker's first."""
    file = tmp_path / f"begun-{job_id}"
    process = process_of(run(pool, tiny_job(1)))
    pool.submit(deed(job_id, f"{action} {file}"))
    begun(file)
    return [int(pid) for pid in file.read_text().split()] or [process]


def ends_with(pool, kind, count=1):
    """Waits for the outcomes of the jobs in training, all of one kind, and returns the first."""
    outcomes = []
    while len(outcomes) < count:
        arrived = pool.wait(100)
        assert arrived, "no outcome came"
        outcomes += arrived
    assert [outcome.failure for outcome in outcomes] == [kind] * count
    return outcomes[0]


def does_the_next(pool, job_id=9):
    outcome = run(pool, tiny_job(job_id))
    assert outcome.failure is None
    return outcome


def host_of(pool):
    """The process of a pool that is connected to Ray, as whose children a local Ray runs."""
    return psutil.Process(pool._keeper._host.pid)


def child_of(process, name):
    """The child whose name begins so."""
    (found,) = [child for child in process.children() if child.name().startswith(name)]
    return found


@pytest.fixture(scope="module")
def local_pool():
    """One worker on a Ray of its own."""
    with open_pool(patience=QUICK) as pool:
        yield pool


def test_row_1_a_worker_killed(local_pool, tmp_path):
    (worker,) = in_training(local_pool, tmp_path)
    os.kill(worker, signal.SIGKILL)
    lost = ends_with(local_pool, FailureKind.WORKER_LOST)
    assert lost.error_text
    gone(worker)
    assert process_of(does_the_next(local_pool)) != worker


def test_row_3_a_worker_asked_to_end(local_pool, tmp_path):
    (worker,) = in_training(local_pool, tmp_path)
    os.kill(worker, signal.SIGTERM)
    ends_with(local_pool, FailureKind.PREEMPTED)
    gone(worker)
    does_the_next(local_pool)


def test_row_4_a_worker_stopped(local_pool, tmp_path):
    (worker,) = in_training(local_pool, tmp_path)
    os.kill(worker, signal.SIGSTOP)
    lost = ends_with(local_pool, FailureKind.WORKER_LOST)
    assert "expected a sign of life of the worker every 0.3 s" in lost.error_text
    gone(worker)
    does_the_next(local_pool)


def test_row_7_a_worker_killed_whose_forked_child_lives(local_pool, tmp_path):
    """Ray itself waits for ever: the child has inherited the sockets whose closing it waits for."""
    worker, child = in_training(local_pool, tmp_path, "fork_and_sleep")
    os.kill(worker, signal.SIGKILL)
    assert is_alive(child)
    lost = ends_with(local_pool, FailureKind.WORKER_LOST)
    assert lost.error_text == f"process {worker} of the worker is gone"
    gone(worker)
    gone(child)
    does_the_next(local_pool)


def test_row_8_a_training_that_lets_no_other_thread_run(local_pool, tmp_path):
    (worker,) = in_training(local_pool, tmp_path, "hold_gil")
    lost = ends_with(local_pool, FailureKind.WORKER_LOST)
    assert "expected a sign of life of the worker every 0.3 s" in lost.error_text
    gone(worker)
    does_the_next(local_pool)


def test_row_8_a_training_that_hangs(tmp_path):
    with open_pool(patience=Patience(beat=0.3, silence=60, epoch=2, trial=4)) as pool:
        for deeds, words in (
            ("stall_after_an_epoch", "expected epoch 2 to end within 2 s"),
            ("sleep", "epoch 1 to"),
        ):
            worker = process_of(run(pool, tiny_job(1)))
            pool.submit(deed(100, f"{deeds} {tmp_path / 'begun'}"))
            ended = ends_with(pool, FailureKind.TIMEOUT)
            assert words in ended.error_text
            gone(worker)
            assert process_of(does_the_next(pool)) != worker
        pool.submit(deed(100, "report_epochs 100"))
        assert "expected the training to end within 4 s" in ends_with(pool, FailureKind.TIMEOUT).error_text


@contextmanager
def two_nodes(tmp_path):
    """Yields a pool, the raylet of its second node, and the worker on that; both its workers train."""
    with SmallCluster(cpus=1) as cluster:
        raylet = psutil.Process(cluster.add_node(cpus=1)["raylet"])
        with open_pool(address=cluster.address, workers=2) as pool:
            for job_id in (100, 101):
                pool.submit(deed(job_id, f"fork_and_sleep {tmp_path / str(job_id)}"))
            workers = {}
            for job_id in (100, 101):
                begun(tmp_path / str(job_id))
                worker = psutil.Process(int((tmp_path / str(job_id)).read_text().split()[0]))
                workers[worker.ppid()] = worker
            assert set(workers) == {cluster.raylet.pid, raylet.pid}
            yield pool, raylet, workers[raylet.pid], workers[cluster.raylet.pid]


def test_row_10_a_node_killed(tmp_path):
    with two_nodes(tmp_path) as (pool, raylet, worker, neighbour):
        raylet.kill()
        ends_with(pool, FailureKind.NODE_LOST)
        gone(raylet.pid)
        gone(worker.pid)
        assert neighbour.is_running()
        assert len(pool.running) == 1
        pool.submit(tiny_job(9))
        assert list(pool.wait(3)) == []  # there is no place for it
        neighbour.kill()  # its node has
        outcomes = []
        while pool.running:
            outcomes += pool.wait(60)
        assert {outcome.failure for outcome in outcomes} == {FailureKind.WORKER_LOST, None}


def test_row_11_a_node_stopped(tmp_path):
    with two_nodes(tmp_path) as (pool, raylet, worker, neighbour):
        raylet.suspend()
        ends_with(pool, FailureKind.NODE_LOST)
        assert raylet.status() == psutil.STATUS_STOPPED
        assert is_alive(neighbour.pid)
        raylet.resume()
        gone(raylet.pid)  # it hears that it was given up
        gone(worker.pid)
        assert len(pool.running) == 1


@pytest.mark.parametrize(
    ("name", "words"), [("gcs_server", "GCS"), ("raylet", "raylet"), ("", "was killed by SIGKILL")]
)
def test_rows_12_and_13_the_local_ray_or_its_host_killed(tmp_path, name, words):
    said = []
    with open_pool() as pool:
        pool.listen(lambda beat: None, said.append)
        (worker,) = in_training(pool, tmp_path)
        host = host_of(pool)
        victim = child_of(host, name) if name else host
        victim.kill()
        ends_with(pool, FailureKind.NODE_LOST)
        gone(victim.pid)
        gone(worker)
        does_the_next(pool)
        gone(host.pid)
        assert said[0].startswith("Ray is lost and is looked for again: ")
        assert words in said[0]


def test_a_host_that_stands_still_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("workers.ray_keeper.SILENCE_SECONDS", 5.0)
    with open_pool() as pool:
        (worker,) = in_training(pool, tmp_path)
        host = host_of(pool)
        host.suspend()
        lost = ends_with(pool, FailureKind.NODE_LOST)
        assert lost.error_text.startswith("its process said nothing for ")
        gone(host.pid)
        gone(worker)
        does_the_next(pool)


def test_a_local_ray_that_is_lost_again_and_again_is_given_up(tmp_path):
    with open_pool() as pool:
        for attempt in range(3):
            pool.submit(deed(attempt, f"sleep {tmp_path / str(attempt)}"))
            begun_within(pool, tmp_path / str(attempt))
            child_of(host_of(pool), "raylet").kill()
            ends_with(pool, FailureKind.NODE_LOST)
        pool.submit(tiny_job(9))
        with pytest.raises(PoolError, match="Ray was lost 3 times soon after its start; the last: "):
            pool.wait(60)


def begun_within(pool, file):
    """Waits until a job has begun; the pool may have to start Ray first, which it does in `wait`."""
    deadline = time.monotonic() + 120
    while not file.exists():
        assert time.monotonic() < deadline, "the job did not begin"
        assert list(pool.wait(0.2)) == []


def test_row_12_the_head_of_a_cluster_killed_and_started_again(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = []
    with SmallCluster(cpus=1, port=port) as cluster:
        pool = open_pool(address=cluster.address)
        pool.listen(lambda beat: None, said.append)
        (worker,) = in_training(pool, tmp_path)
        cluster.kill()
        gone(worker)
        ends_with(pool, FailureKind.NODE_LOST)
        pool.submit(tiny_job(9))
        assert list(pool.wait(6)) == []
    with SmallCluster(cpus=1, port=port, token=cluster.token):
        (outcome,) = pool.wait(100)
        assert outcome.failure is None
        pool.close()
    assert said[0].startswith("Ray is lost and is looked for again: ")


def test_row_12_the_head_of_a_cluster_killed_alone_and_never_started_again(tmp_path):
    """What trains is not disturbed for as long as a head may be away; then it is given up, and so is the cluster."""
    with (
        SmallCluster(cpus=1) as cluster,
        open_pool(address=cluster.address, reconnect_seconds=1.0) as pool,
    ):
        in_training(pool, tmp_path)
        cluster.gcs.kill()
        gone(cluster.gcs.pid)
        assert list(pool.wait(10)) == []
        ends_with(pool, FailureKind.NODE_LOST)
        pool.submit(tiny_job(9))
        with pytest.raises(UnreachableError, match=f"no Ray cluster answers at {cluster.address}: "):
            pool.wait(60)


def hoard(job, space, data, device, report):
    """Takes memory until somebody ends it, where its token says so."""
    if job.token != "hoard":
        return misdeeds.evaluate(job, space, data, device, report)
    blocks = []
    for _ in range(80):
        blocks.append(bytearray(os.urandom(1)) * (100 * 2**20))
        time.sleep(0.1)
    raise AssertionError(f"{len(blocks)} blocks were let pass")


def test_row_31_a_worker_that_eats_the_memory_of_its_host(tmp_path, monkeypatch):
    memory = psutil.virtual_memory()
    monkeypatch.setenv(
        "RAY_memory_usage_threshold", str((memory.total - memory.available + 3 * 2**30) / memory.total)
    )
    with RayPool(
        TinySpace(),
        tiny_data(),
        hoard,
        workers=2,
        patience=CALM,
        plugin_modules=(tiny, misdeeds, sys.modules[__name__]),
    ) as pool:
        pool.submit(deed(1, f"sleep {tmp_path / 'begun'}"))
        begun(tmp_path / "begun")
        pool.submit(deed(2, "hoard"))
        ended = {}
        while 2 not in ended:  # Ray goes by the age of what runs, and may end a neighbour with the culprit
            ended |= {outcome.job_id: outcome.failure for outcome in pool.wait(100)}
        assert set(ended.values()) == {FailureKind.OUT_OF_HOST_MEMORY}
        assert pool.running == {1} - set(ended)
        does_the_next(pool)
