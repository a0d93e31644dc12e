"""Ray of one's own, how it is started and ended, and clusters that do not answer."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.workers import misdeeds, tiny
from tests.workers.processes import wait_until
from tests.workers.tiny import tiny_job
from workers.errors import PoolError, ResourceError, UnreachableError
from workers.noop import evaluate_nothing
from workers.process import is_alive
from workers.ray_pool import RayPool

ROOT = Path(__file__).parents[2]
DRIVER = """
import json, sys
import psutil
from tests.workers.test_ray_start import start, run
pool = start(workers=2)
outcomes = [run(pool, job_id) for job_id in (1, 2)]
print(json.dumps([p.pid for p in psutil.Process().children(recursive=True)]), flush=True)
sys.stdin.read()
"""


def start(**options):
    return RayPool(tiny.TinySpace(), tiny.tiny_data(), evaluate_nothing, plugin_modules=(tiny,), **options)


def run(pool, job_id):
    pool.submit(tiny_job(job_id))
    (outcome,) = pool.wait(60)
    return outcome


def hosts():
    """The host processes that this process has started and that live."""
    children = [child for child in psutil.Process().children() if is_alive(child.pid)]
    return [child for child in children if "workers.ray_host" in child.cmdline()]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty home and an empty directory for temporary files, and settings that would lead Ray astray."""
    for name in [name for name in os.environ if name.startswith("RAY_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "HOME": str(tmp_path / "home"),
        "RAY_ADDRESS": "127.0.0.1:9",
        "RAY_grpc_enable_http_proxy": "1",
        "http_proxy": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "home").mkdir()
    short = Path("/tmp") / f"nas-{os.getpid()}"
    short.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(short))
    yield short
    left = list(short.iterdir())
    for one in left:
        one.unlink()
    short.rmdir()
    assert not left
    assert list((tmp_path / "home").iterdir()) == []
    assert not hosts()


@pytest.mark.slow
def test_it_starts_in_a_directory_of_its_own_and_leaves_nothing_behind(place, capfd):
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with start(workers=3) as pool:
        assert run(pool, 1).failure is None
        (directory,) = place.iterdir()
        assert (directory / "token").stat().st_mode & 0o077 == 0
        started = {child.pid for child in psutil.Process().children(recursive=True)} - before
        assert len(started) > 5  # the host, Ray's servers and agents, the workers
    assert not [pid for pid in started if is_alive(pid)]
    assert capfd.readouterr() == ("", "")


def test_the_pool_needs_no_ray_in_its_own_process():
    command = "import sys, workers.ray_pool; sys.exit('ray' in sys.modules or 'torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", command], cwd=ROOT, check=True)


@pytest.mark.slow
def test_nothing_outlives_a_driver_that_was_killed(place):
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as driver:
        everything = json.loads(driver.stdout.readline())
        assert all(is_alive(pid) for pid in everything)
        assert list(place.iterdir())
        driver.kill()
    deadline = time.monotonic() + 30
    while alive := [pid for pid in everything if is_alive(pid)] + list(place.iterdir()):
        assert time.monotonic() < deadline, alive
        time.sleep(0.1)


def test_more_gpus_than_there_are_is_found_before_ray_is_started(place, monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    with pytest.raises(ResourceError, match=r"^the workers need 2 GPUs, this machine has 0; ask for fewer"):
        start(gpus_per_worker=0.5, workers=3)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1:9", "no Ray cluster answers at 127.0.0.1:9: .*refused"),
        ("nowhere.invalid:6379", "no Ray cluster answers at nowhere.invalid:6379: "),
        (
            "ray://127.0.0.1:10001",
            "expected HOST:PORT or auto; where this machine is none of the cluster's nodes",
        ),
        ("somewhere", "Ray cluster 'somewhere': expected HOST:PORT"),
    ],
)
def test_addresses_where_nobody_answers_are_found_before_ray_is_started(place, address, words):
    with pytest.raises(UnreachableError, match=words):
        start(address=address)


def test_a_port_that_accepts_and_stays_silent_is_no_cluster(place, monkeypatch):
    monkeypatch.setattr("workers.ray_keeper.REACH_SECONDS", 5.0)
    said = []
    monkeypatch.setattr("workers.ray_pool.SAY_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(
            UnreachableError, match=f"no Ray cluster answers at {address}: no answer within 5 s"
        ):
            start(address=address, on_wait=said.append)
    assert any(text.startswith("waiting for Ray to start, ") for text in said)


def test_a_start_that_stands_still_is_given_up(place, monkeypatch):
    """Whatever holds Ray up: here its process is stopped, in the middle of its start."""
    monkeypatch.setattr("workers.ray_pool.START_SECONDS", 4.0)
    stopped = []

    def stop(text):
        if not stopped:
            stopped.extend(hosts())
            stopped[0].suspend()

    monkeypatch.setattr("workers.ray_pool.SAY_SECONDS", 0.5)
    with pytest.raises(PoolError, match=r"Ray \(local\): expected to be up within 4 s, got no answer"):
        start(on_wait=stop)
    assert stopped
    assert not is_alive(stopped[0].pid)


def test_a_signal_during_the_start_ends_it_at_once_and_cleanly(place):
    """The handler of the driver is heard, as Ray is not in its process."""

    class AskedToEndError(Exception):
        pass

    def handle(number, frame):
        raise AskedToEndError

    before = signal.signal(signal.SIGTERM, handle)
    try:
        timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM))
        timer.start()
        with pytest.raises(AskedToEndError):
            start()
    finally:
        signal.signal(signal.SIGTERM, before)
    timer.join()


def test_a_start_that_fails_says_why(place, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(place))
    (place / "ray.py").write_text("raise SystemError('no such luck')")
    try:
        with pytest.raises(PoolError, match=r"Ray could not be started: .*no such luck"):
            start()
    finally:
        (place / "ray.py").unlink()


def test_there_is_room_for_more_workers_than_it_was_started_with(tmp_path):
    """And while nobody has anything to do, their signs of life are heard."""
    places = [tmp_path / str(job_id) for job_id in range(3)]
    with RayPool(
        tiny.TinySpace(), tiny.tiny_data(), misdeeds.evaluate, workers=1, plugin_modules=(tiny, misdeeds)
    ) as pool:
        pool.resize(3)
        for job_id, place in enumerate(places):
            pool.submit(replace(tiny_job(job_id), token=f"await_end {place}"))
        wait_until(lambda: list(pool.wait(0.1)) == [] and all(place.exists() for place in places))
        workers = {int(place.read_text()) for place in places}
        assert len(workers) == 3
        for place in places:
            place.with_suffix(".end").touch()
        done = []
        wait_until(lambda: done.extend(pool.wait(0.1)) or len(done) == 3)
        assert [outcome.failure for outcome in done] == [None] * 3
        heard = set()
        pool.listen(lambda beat: heard.add(int(beat.worker.split(":")[1])))
        wait_until(lambda: list(pool.wait(0.1)) == [] and heard == workers)
