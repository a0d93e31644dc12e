"""A worker knows its name and does not outlive its parent."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

import workers.process
from workers.process import worker_name

CHILD = """
import os, subprocess, sys, time
import workers.process
if "{watch}" == "kernel":
    workers.process.PARENT_WATCH_SECONDS = 1000
else:
    workers.process.sys = type("Elsewhere", (), {{"platform": "elsewhere"}})
workers.process.end_with_parent()
print(os.getpid(), flush=True)
time.sleep(600)
"""
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def test_the_name_says_host_process_and_device():
    host, process, device = worker_name("cuda:0").split(":", 2)
    assert host
    assert int(process) == os.getpid()
    assert device == "cuda:0"


@pytest.mark.parametrize("watch", ["kernel", "thread"])
def test_a_process_ends_when_its_parent_is_killed(watch):
    command = [sys.executable, "-c", PARENT, CHILD.format(watch=watch)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.send_signal(signal.SIGKILL)
        psutil.wait_procs([child], timeout=60)  # the child would sleep for ten minutes
        assert not psutil.pid_exists(child.pid) or child.status() == psutil.STATUS_ZOMBIE


def test_a_process_lives_as_long_as_its_parent():
    with subprocess.Popen(
        [sys.executable, "-c", CHILD.format(watch="kernel")], stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(2 * workers.process.PARENT_WATCH_SECONDS)
        child.kill()
