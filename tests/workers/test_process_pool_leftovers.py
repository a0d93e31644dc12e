"""What a child leaves behind, and what a worker's place is before the next one has it."""

import errno
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from functools import partial
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from tests.workers import misdeeds
from tests.workers.processes import (
    begin,
    is_alive,
    job,
    open_pool,
    outcomes,
    pid_of,
    plugin,
    run,
    until,
    wait_until,
)
from tests.workers.tiny import TinySpace, tiny_data
from workers import process_slot
from workers.errors import PoolError
from workers.job import FailureKind
from workers.memory_kills import CONTROL_GROUPS
from workers.process_pool import ProcessPool
from workers.process_slot import Slot


@pytest.fixture(scope="module")
def pool():
    """One worker, usually patient; every test leaves it with a pool that has nothing to do."""
    with open_pool() as opened:
        yield opened
        assert opened.running == frozenset()


def test_what_a_child_leaves_running_ends_with_its_job(pool, tmp_path):
    before = pid_of(run(pool, ""))
    assert run(pool, f"leave_running {tmp_path / 'pids'}").failure is None
    own, left = map(int, (tmp_path / "pids").read_text().split())
    assert own == before
    assert not is_alive(left)
    assert pid_of(run(pool, "")) == before


def test_a_child_that_spoils_its_process_spoils_none_of_the_next(pool, tmp_path):
    failed = run(pool, f"spoil {tmp_path / 'pids'}")
    assert failed.failure is FailureKind.ERROR
    pid = begin(pool, "sleep", tmp_path / "begun")
    assert not is_alive(int((tmp_path / "pids").read_text().split()[1]))
    os.kill(pid, signal.SIGTERM)
    (after,) = outcomes(pool, 1)
    assert (after.failure, pid_of(after)) == (FailureKind.PREEMPTED, pid)
    assert pid != pid_of(failed)


def test_what_is_no_message_is_the_failure_of_the_child_that_sent_it(pool):
    failed = run(pool, "garble")
    assert failed.failure is FailureKind.ERROR
    assert "expected a message, got bytes that raise UnpicklingError" in failed.error_text
    assert run(pool, "").failure is None


def test_without_files_for_processes_a_killed_worker_is_found_all_the_same(monkeypatch, tmp_path):
    def refuse(pid):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    with open_pool() as pool:
        pid = begin(pool, "sleep", tmp_path / "begun")
        assert pool._slots[0].process.sentinel is None
        os.kill(pid, signal.SIGKILL)
        assert outcomes(pool, 1)[0].failure is FailureKind.WORKER_LOST
        assert run(pool, "").failure is None


@contextmanager
def files_of_at_most(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_pictures_that_there_is_no_room_for_are_one_error_and_leave_nothing():
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    with files_of_at_most(100), pytest.raises(PoolError, match=r"expected room .*File too large.*take fewer"):
        ProcessPool(TinySpace(), tiny_data(), misdeeds.evaluate)
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files


def test_the_next_worker_waits_for_the_memory_of_the_last(pool, monkeypatch):
    held, asked = True, []

    def holding(family):
        asked.append(family)
        return family if held else frozenset()

    monkeypatch.setattr(process_slot, "holding", holding)
    pid = pid_of(run(pool, "fail out_of_memory"))
    pool.submit(job(""))
    until(pool, lambda: len(asked) >= 3)
    assert not psutil.pid_exists(pid)
    assert pool._slots[0].is_ending
    assert all(pid in family for family in asked)
    held = False
    assert pid_of(outcomes(pool, 1)[0]) != pid


def test_memory_that_is_never_free_is_told_and_waited_for_no_more(pool, monkeypatch):
    said = []
    monkeypatch.setattr(process_slot, "holding", lambda family: family)
    monkeypatch.setattr(process_slot, "RELEASE_SECONDS", 0.5)
    pool.listen(lambda _: None, said.append)
    pid = pid_of(run(pool, "fail out_of_memory"))
    assert run(pool, "").failure is None
    pool.listen(lambda _: None)
    assert [text for text in said if f"GPU memory of process {pid}: expected to be free" in text]


def test_a_place_whose_workers_do_not_start_rests_longer_each_time(monkeypatch):
    starts, now = [], 1000.0

    def refuse(setup, environment):
        starts.append(now)
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(process_slot, "WorkerProcess", refuse)
    monkeypatch.setattr(process_slot.time, "monotonic", lambda: now)
    slot = Slot(0, {})
    while len(starts) < 8:
        now += 0.01
        slot.advance(now, pytest.fail)
    rests = [after - before for before, after in pairwise(starts)]
    assert rests == pytest.approx([0.1, 0.4, 1.6, 6.4, 25.6, 30, 30], abs=0.02)
    assert slot.failed_starts == 8
    assert slot.last_words == "could not be started: [Errno 11] Resource temporarily unavailable"


STARTING = """
import sys
from tests.workers import misdeeds
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.process_pool import ProcessPool
pool = ProcessPool(TinySpace(), tiny_data(), misdeeds.evaluate, workers=1, plugin_files=[sys.argv[1]])
pool.submit(tiny_job(1))
pool.wait()
"""
HANGS = """
import os, pathlib, time
place = pathlib.Path(__file__).with_name("pid")
place.with_suffix(".new").write_text(str(os.getpid()))
place.with_suffix(".new").rename(place)
time.sleep(300)
"""


def start(program, *arguments):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_a_worker_that_hangs_in_its_start_ends_with_its_driver(tmp_path):
    with start(STARTING, plugin(tmp_path / "hangs.py", HANGS)) as driver:
        wait_until((tmp_path / "pid").exists)
        worker = int((tmp_path / "pid").read_text())
        assert is_alive(worker)
        driver.kill()
        wait_until(lambda: not is_alive(worker))


EATEN = """
import os, sys
from pathlib import Path
Path(sys.argv[1], "cgroup.procs").write_text(str(os.getpid()))
from tests.workers.processes import open_pool, run
with open_pool() as pool:
    for deed in ("eat", "", "vanish 9"):
        print(run(pool, deed).failure, flush=True)
"""


def removed(group):
    """Whether the group could be removed; it is busy for a moment after the end of its last process."""
    with suppress(OSError):
        group.rmdir()
    return not group.exists()


@pytest.fixture
def small_group():
    """A control group of 300 MB; skipped where this process may make none."""
    for parent, limit in (
        (CONTROL_GROUPS / "memory", "memory.limit_in_bytes"),
        (CONTROL_GROUPS, "memory.max"),
    ):
        group = parent / f"nas-test-{os.getpid()}"
        try:
            group.mkdir()
            (group / limit).write_text(str(300 * 2**20))
        except OSError:
            group.rmdir() if group.exists() else None
            continue
        yield group
        wait_until(partial(removed, group))
        return
    pytest.skip("no control group can be made here")


def test_a_worker_that_the_kernel_ends_for_its_memory_has_run_out_of_it(small_group):
    with start(EATEN, small_group) as driver:
        told = driver.stdout.read().split()
    assert told == ["out_of_host_memory", "None", "worker_lost"]
    (small_group / "memory.force_empty").write_text("0") if (
        small_group / "memory.force_empty"
    ).exists() else None
