"""Hosts that are quiet, full or not to be had, workers that hang before they are up, and what children leave behind."""

import ctypes
import fcntl
import os
import struct
import sys
import termios
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.workers import misdeeds, tiny
from tests.workers.clusters import SmallCluster
from tests.workers.jobs import begun, deed, gone, process_of, run
from tests.workers.processes import wait_until
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.errors import PoolError
from workers.job import FailureKind
from workers.pool import Patience
from workers.process import is_alive
from workers.ray_pool import RayPool

pytestmark = pytest.mark.faults
PATIENCE = Patience(beat=0.3, silence=12.0)


def open_pool(evaluate=misdeeds.evaluate, **options):
    settings = {"workers": 1, "patience": PATIENCE, "plugin_modules": (tiny, misdeeds, sys.modules[__name__])}
    return RayPool(TinySpace(), tiny_data(), evaluate, **settings, **options)


def host_of(pool):
    return pool._keeper._host


def test_a_quiet_worker_is_no_quiet_host(ray_session, tmp_path, monkeypatch):
    """However long workers may be silent: the host lives."""
    monkeypatch.setattr("workers.ray_keeper.SILENCE_SECONDS", 5.0)
    with open_pool(address=ray_session) as pool:
        run(pool, tiny_job(1))
        host = host_of(pool)
        pool.submit(deed(2, f"hold_gil {tmp_path / 'begun'}"))
        begun(tmp_path / "begun")
        (lost,) = pool.wait(60)
        assert lost.failure is FailureKind.WORKER_LOST
        assert host_of(pool) is host


def test_a_cluster_is_left_while_the_host_has_more_to_say_than_the_link_takes(ray_session, tmp_path):
    said = []
    pool = open_pool(address=ray_session, on_wait=said.append)
    worker = process_of(run(pool, tiny_job(1)))
    pool.submit(deed(2, "report_epochs 200"))
    host = host_of(pool)
    wait_until(partial(holds, host._link, 100_000))  # which nobody reads
    time.sleep(2)
    process = host._process
    pool.close()
    assert process.returncode == 0  # by itself
    assert said == []
    gone(worker)


def holds(link, count):
    """Whether so many bytes wait to be read; of a state of 3 MB it is what the operating system keeps of it."""
    waiting = bytearray(4)
    fcntl.ioctl(link.fileno(), termios.FIONREAD, waiting)
    return struct.unpack("i", waiting)[0] > count


def test_a_cluster_that_does_not_let_go_is_said(ray_session, monkeypatch):
    monkeypatch.setattr("workers.ray_keeper.LEAVE_SECONDS", 1.0)
    said = []
    pool = open_pool(address=ray_session, on_wait=said.append)
    host = psutil.Process(host_of(pool).pid)
    host.suspend()
    pool.close()
    assert not is_alive(host)
    assert len(said) == 1
    assert said[0].startswith(f"expected to be let go by the Ray cluster at {ray_session} within 1 s")


def test_a_host_that_cannot_be_started_again_is_an_error_of_the_pool(tmp_path, monkeypatch):
    with open_pool() as pool:
        run(pool, tiny_job(1))
        process = psutil.Process(host_of(pool).pid)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
        process.kill()
        assert run(pool, tiny_job(2)).failure is FailureKind.NODE_LOST
        pool.submit(tiny_job(3))
        with pytest.raises(PoolError, match=r"Ray did not come up again 3 times; the last: .*nowhere"):
            pool.wait(60)


class Hanging:
    """An evaluation whose loading never ends, and lets no other thread of its process run."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return hang, (self.file,)


def hang(file):
    Path(file).with_suffix(".new").write_text(str(os.getpid()))
    Path(file).with_suffix(".new").rename(file)
    ctypes.PyDLL(None).sleep(misdeeds.LONG_SECONDS)


def test_a_worker_that_hangs_before_it_is_up_ends_with_its_node(tmp_path):
    with SmallCluster(cpus=1) as cluster:
        pool = open_pool(Hanging(str(tmp_path / "pid")), address=cluster.address)
        begun(tmp_path / "pid")
        worker = int((tmp_path / "pid").read_text())
        assert is_alive(worker)
        cluster.raylet.kill()
        gone(cluster.raylet.pid)
        gone(worker)
        pool.close()


def test_what_a_child_leaves_behind_ends_with_its_job(ray_session, tmp_path):
    with open_pool(address=ray_session) as pool:
        worker = process_of(run(pool, tiny_job(1)))
        left = run(pool, deed(2, f"leave_running {tmp_path / 'left'}"))
        assert left.failure is None
        own, child = map(int, (tmp_path / "left").read_text().split())
        assert own == worker
        gone(child)
        assert process_of(run(pool, tiny_job(3))) == worker
