import os
import socket
import subprocess
import sys

import pytest

from nas.storage import owner
from nas.storage.owner import current_owner, is_gone, may_take_over, readable


def test_this_process_is_there() -> None:
    host, pid, start_time, _ = current_owner().split(":")
    assert (host, pid) == (socket.gethostname(), str(os.getpid()))
    assert int(start_time) > 0
    assert current_owner() == current_owner()
    assert not is_gone(current_owner())


def test_a_child_that_has_ended_is_gone() -> None:
    report = "from nas.storage.owner import current_owner; print(current_owner(), flush=True); input()"
    command = [sys.executable, "-c", report]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        assert not is_gone(name)
        child.kill()
        os.waitid(
            os.P_PID, child.pid, os.WEXITED | os.WNOWAIT
        )  # dead, its status not yet asked for: a zombie
        assert is_gone(name)
    assert is_gone(name)


def test_a_later_process_of_the_same_number() -> None:
    host, pid, _, place = current_owner().split(":")
    assert is_gone(f"{host}:{pid}:1:{place}")


def test_of_another_container_nothing_is_known() -> None:
    """One host name, and yet processes that this one does not see; nor was every owner of the past so exact."""
    host, pid, _, place = current_owner().split(":")
    boot, namespace = place.split("-")
    for elsewhere in (f"{boot}-{int(namespace) + 1}", f"{boot[::-1]}-{namespace}"):
        assert not is_gone(f"{host}:{pid}:1:{elsewhere}")
        assert not may_take_over(current_owner(), f"{host}:{pid}:1:{elsewhere}")
    assert not is_gone(f"{host}:{pid}:1")
    assert readable(current_owner()) == f"process {pid} on {host}"


def test_a_process_in_a_pid_namespace_of_its_own() -> None:
    report = "from nas.storage.owner import current_owner; print(current_owner(), flush=True); input()"
    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", report]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as child:
        name = child.stdout.readline().strip()
        if not name:
            pytest.skip(f"a PID namespace is not allowed here: {child.stderr.read().strip()}")
        host, pid, *_ = name.split(":")
        assert (host, pid) == (socket.gethostname(), "1")
        assert not is_gone(name)
        child.communicate("\n")


def test_of_another_host_nothing_is_known() -> None:
    assert not is_gone("some-other-host:1:1")
    assert not is_gone("not an owner")
    assert readable("host7:4211:99") == readable("host7:4211:99:b-1") == "process 4211 on host7"
    assert readable("not an owner") == "not an owner"


def test_without_proc() -> None:
    ours = owner._start_time_by_ps(os.getpid())
    assert ours
    assert ":" not in ours
    assert owner._start_time_by_ps(2**22 + 1) == ""
