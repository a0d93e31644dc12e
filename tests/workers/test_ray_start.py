"""A Ray of one's own: started in a process of its own, since Ray is once a process."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

PRELUDE = """
import json, os, pathlib, time
import psutil
import workers.ray_pool
from tests.workers import tiny
from workers.noop import evaluate_nothing
from workers.ray_pool import RayPool

def start(**options):
    return RayPool(tiny.TinySpace(), tiny.tiny_data(), evaluate_nothing, plugin_modules=(tiny,), **options)

def run(pool, job_id):
    pool.submit(tiny.tiny_job(job_id))
    (outcome,) = pool.wait(60)
    return outcome

def directory():
    return pathlib.Path(os.environ["RAY_AUTH_TOKEN_PATH"]).parent

def report(error):
    print(type(error).__name__, error)
"""


def environment(tmp_path, **more):
    """A home to look into, and settings that would lead astray a Ray that heeds them."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return kept | {"HOME": str(home), "TMPDIR": str(tmp_path), "PYTHONWARNINGS": "error"} | more


def script(tmp_path, text, **more):
    """Runs a script to its end; returns its lines on standard output."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + text],
        env=environment(tmp_path, **more),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.slow
def test_it_starts_twice_in_one_process_and_leaves_nothing_behind(tmp_path):
    misleading = {
        "RAY_ADDRESS": "127.0.0.1:9",
        "RAY_grpc_enable_http_proxy": "1",
        "http_proxy": "http://127.0.0.1:9",
    }
    text = """
for job_id in (1, 2):
    with start(workers=3) as pool:
        print(run(pool, job_id).failure, workers.ray_pool.ray.is_initialized())
    print(workers.ray_pool.ray.is_initialized(), psutil.Process().children(recursive=True), directory().exists())
"""
    assert script(tmp_path, text, **misleading) == ["None True", "False [] False"] * 2
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.slow
def test_workers_end_soon_after_a_driver_that_was_killed(tmp_path):
    text = """
pool = start(workers=2)
run(pool, 1)
children = psutil.Process().children(recursive=True)
print(json.dumps([[p.pid for p in children if p.name().startswith("ray::_Worker")], str(directory())]), flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", PRELUDE + text]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, env=environment(tmp_path), cwd=root, stdout=subprocess.PIPE, text=True
    ) as driver:
        workers, directory = json.loads(driver.stdout.readline())
        everything = psutil.Process(driver.pid).children(recursive=True)
        driver.send_signal(signal.SIGKILL)
    assert len(workers) == 2
    _, alive = psutil.wait_procs([p for p in everything if p.pid in workers], timeout=10)
    assert not alive
    for process in everything:  # Ray's agents would linger for a minute
        if process.is_running():
            process.kill()
    shutil.rmtree(directory, ignore_errors=True)


def test_faults_are_found_before_ray_is_started(tmp_path):
    text = """
for options in (dict(gpus_per_worker=0.5, workers=3), dict(address="127.0.0.1:9")):
    try:
        start(**options)
    except Exception as error:
        report(error)
"""
    began = time.monotonic()
    gpus, address = script(tmp_path, text, CUDA_VISIBLE_DEVICES="")
    assert gpus.startswith("ResourceError the workers need 2 GPUs, this machine has 0; ask for fewer workers")
    assert address.startswith("PoolError no Ray cluster answers at 127.0.0.1:9: ")
    assert time.monotonic() - began < 30


def test_a_ray_that_never_answers_is_given_up(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        text = f"""
workers.ray_pool.START_SECONDS = 2
try:
    start(address="127.0.0.1:{silent.getsockname()[1]}")
except Exception as error:
    report(error)
"""
        (line,) = script(tmp_path, text)
    assert line.startswith("PoolError Ray (127.0.0.1:")
    assert "expected to be up within 2 s, got no answer" in line


def test_a_failed_start_leaves_no_directory(tmp_path):
    text = """
workers.ray_pool.ray.init = lambda **options: 1 / 0
try:
    start()
except Exception as error:
    report(error)
print(directory())
"""
    line, directory = script(tmp_path, text)
    assert line == "PoolError Ray (local) could not be started: division by zero"
    assert not Path(directory).exists()
