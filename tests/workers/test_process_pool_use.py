"""What workers that are processes get, say and leave behind."""

import os
import re
import signal
import subprocess
import sys
from ast import literal_eval

import psutil
import pytest

from search_spaces import registry
from tests.workers import misdeeds
from tests.workers.processes import (
    GUARD_SECONDS,
    begin,
    is_alive,
    job,
    open_pool,
    outcomes,
    pid_of,
    plugin,
    run,
    stop,
    until,
    wait_until,
)
from tests.workers.tiny import TinySpace, tiny_data
from workers import gpus, process_pool
from workers.errors import PoolError, ResourceError
from workers.job import Outcome
from workers.pool import Patience
from workers.process_pool import ProcessPool


@pytest.fixture(scope="module")
def pool():
    """One worker, usually patient; every test leaves it with a pool that has nothing to do."""
    with open_pool() as opened:
        yield opened
        assert opened.running == frozenset()


def test_workers_share_the_pictures_and_know_no_secret(monkeypatch):
    monkeypatch.setenv("NAS_DATABASE", "postgresql://me:secret@host/db")
    monkeypatch.setenv("PGPASSFILE", "/secrets/pgpass")
    monkeypatch.setenv("ELSEWHERE", "postgres://me:secret@host/db")
    with open_pool() as pool:
        seen = literal_eval(run(pool, "look", saved=b"s" * 5_000_000).worker)
    assert seen == {
        "shared": True,
        "sum": int(tiny_data().train.images.sum()),
        "saved": 5_000_000,
        "threads": "1",
        "secrets": [],
        "torch": False,
        "group": True,
        "gpu": os.environ.get(gpus.VARIABLE),
    }


def test_a_worker_that_takes_no_job_does_not_hold_up_the_driver(pool):
    pid = pid_of(run(pool, ""))
    stop(pid)
    pool.submit(job("look", saved=b"s" * 5_000_000))
    assert list(pool.wait(0.1)) == []
    os.kill(pid, signal.SIGCONT)
    (outcome,) = outcomes(pool, 1)
    assert literal_eval(outcome.worker)["saved"] == 5_000_000


def test_epochs_and_states_come_with_the_beats():
    beats = []
    with open_pool(patience=Patience(beat=0.1)) as pool:
        pool.listen(beats.append)
        assert run(pool, "report_epochs 5").failure is None
    its = [beat for beat in beats if beat.job_id is not None]
    epochs = [point for beat in its for point in beat.epochs]
    numbers = [point.metrics.epoch for point in epochs]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 2
    assert [len(point.saved) for point in epochs if point.saved] == [3_000_000]
    assert all((beat.job_id, beat.token) == (1, "report_epochs 5") for beat in its)
    assert beats[0].job_id is None


def test_a_late_outcome_and_a_late_beat_are_dropped(pool, tmp_path):
    """Of an attempt that was given up; here one that the worker of another attempt makes up."""
    heard = []
    pool.listen(heard.append)
    begin(pool, "report_epochs 2", tmp_path)
    slot = pool._slots[0]
    pool._take(0, slot, Outcome(1, 0.5, token="an earlier one"))
    pool._take(0, slot, misdeeds.beat("an earlier one"))
    assert pool.running == {1}
    (outcome,) = outcomes(pool, 1)
    pool.listen(lambda _: None)
    assert outcome.token == "report_epochs 2 " + str(tmp_path)
    assert "an earlier one" not in [beat.token for beat in heard]


def test_closing_leaves_no_process(tmp_path):
    with open_pool(workers=2) as pool:
        pool.submit(job(f"fork_and_sleep {tmp_path / 'pids'}"))
        until(pool, (tmp_path / "pids").exists)
        pids = [slot.process.pid for slot in pool._slots] + [int((tmp_path / "pids").read_text().split()[1])]
        assert all(is_alive(pid) for pid in pids)
    assert not any(is_alive(pid) for pid in pids)
    assert not {child.pid for child in psutil.Process().children(recursive=True)} & set(pids)


DRIVER = """
import sys, time
from dataclasses import replace
from tests.workers import misdeeds
from tests.workers.tiny import TinySpace, tiny_data, tiny_job
from workers.process_pool import ProcessPool
pool = ProcessPool(TinySpace(), tiny_data(), misdeeds.evaluate, workers=2)
pool.submit(replace(tiny_job(1), token="fork_and_sleep " + sys.argv[1]))
pool.submit(tiny_job(2))
print(pool.wait()[0].worker, flush=True)
time.sleep(60)
"""


def test_workers_and_what_they_have_forked_die_with_their_driver(tmp_path):
    place = tmp_path / "pids"
    command = [sys.executable, "-c", DRIVER, str(place)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as driver:
        idle = int(driver.stdout.readline().split(":")[1])
        wait_until(place.exists)
        pids = [idle, *map(int, place.read_text().split())]
        assert all(map(is_alive, pids))
        driver.kill()
        wait_until(lambda: not any(map(is_alive, pids)))


PLUGIN = """
from workers.job import Outcome

def evaluate(job, space, data, device, report):
    return Outcome(job.job_id, 0.25)
"""


def test_what_a_plugin_defines_is_known_to_the_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_plugins", {})
    file = plugin(tmp_path / "mine.py", PLUGIN)
    module = registry.load_plugin(file)
    monkeypatch.delitem(sys.modules, module.__name__)  # undone at the end, when nothing looks for it any more
    sys.modules[module.__name__] = module
    with open_pool(evaluate=module.evaluate, plugin_files=[file]) as pool:
        assert run(pool, "").validation_accuracy == 0.25


def test_a_long_start_is_told_and_given_up_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(process_pool, "SAY_SECONDS", 0.2)
    monkeypatch.setattr(process_pool, "START_SECONDS", 1.0)
    said = []
    with open_pool(plugin_files=[plugin(tmp_path / "slow.py", "import time; time.sleep(60)")]) as pool:
        pool.listen(lambda _: None, said.append)
        pool.submit(job(""))
        with pytest.raises(PoolError, match="expected one of 1 workers to be up within 1 s, got none"):
            pool.wait(GUARD_SECONDS)
    assert said
    assert re.fullmatch("waiting for a worker to start, [01] s so far, at most 1 s", said[0])


def test_a_worker_on_a_gpu_sees_that_one(monkeypatch):
    monkeypatch.setattr(gpus, "visible_gpus", lambda: ["GPU-7"])
    with open_pool(workers=2, gpus_per_worker=0.5) as pool:
        assert literal_eval(run(pool, "look").worker)["gpu"] == "GPU-7"


def test_more_gpus_than_there_are_are_refused(monkeypatch):
    monkeypatch.setattr(gpus, "visible_gpus", lambda: ["0"])
    with pytest.raises(ResourceError, match="the workers need 2 GPUs, this machine has 1"):
        ProcessPool(TinySpace(), tiny_data(), misdeeds.evaluate, workers=3, gpus_per_worker=0.5)
