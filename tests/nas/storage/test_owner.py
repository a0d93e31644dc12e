import os
import socket
import subprocess
import sys

from nas.storage import owner
from nas.storage.owner import current_owner, is_gone, readable


def test_this_process_is_there() -> None:
    host, pid, start_time = current_owner().rsplit(":", 2)
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
    assert is_gone(f"{socket.gethostname()}:{os.getpid()}:1")


def test_of_another_host_nothing_is_known() -> None:
    assert not is_gone("some-other-host:1:1")
    assert not is_gone("not an owner")
    assert readable("host7:4211:99") == "process 4211 on host7"
    assert readable("not an owner") == "not an owner"


def test_without_proc() -> None:
    ours = owner._start_time_by_ps(os.getpid())
    assert ours
    assert ":" not in ours
    assert owner._start_time_by_ps(2**22 + 1) == ""
