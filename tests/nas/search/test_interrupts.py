"""The first signal asks, the second ends."""

import os
import pty
import signal
import subprocess
import sys

import pytest

from nas.search.interrupts import GRACE_MESSAGE, MESSAGE, Interrupts

TWICE = """
import os, signal
from nas.search.interrupts import Interrupts
with Interrupts(lambda: print("asked", flush=True), lambda message: None):
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    print("still here", flush=True)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_asks_to_stop(number: signal.Signals, code: int) -> None:
    happened: list[str] = []
    with Interrupts(lambda: happened.append("stop"), happened.append) as interrupts:
        assert interrupts.exit_code is None
        os.kill(os.getpid(), number)
        assert happened == [MESSAGE, "stop"]
    assert interrupts.exit_code == code


def test_what_was_done_with_signals_before_is_done_again() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupts(lambda: None, lambda _: None):
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_stop_may_raise_in_the_midst_of_the_work() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with Interrupts(stop, lambda _: None) as interrupts, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    assert interrupts.exit_code == 130


def test_the_second_signal_ends_the_process_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "asked\n", "")


def test_a_hang_up_that_is_ignored_stays_so_as_nohup_wants_it() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts(lambda: None, lambda _: None) as interrupts:
            os.kill(os.getpid(), signal.SIGHUP)
            assert interrupts.exit_code is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_after_a_signal_nothing_is_waited_for_much_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    with Interrupts(lambda: None, lambda _: None) as interrupts:
        assert not interrupts.is_over()
        os.kill(os.getpid(), signal.SIGTERM)
        assert not interrupts.is_over()
    monkeypatch.setattr("nas.search.interrupts.PATIENCE_SECONDS", -1.0)
    with Interrupts(lambda: None, lambda _: None) as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupts.is_over()


def test_the_database_is_waited_for_as_long_as_children_may_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nas.search.interrupts.PATIENCE_SECONDS", -1.0)
    said: list[str] = []
    with (
        Interrupts(lambda: None, lambda _: None) as interrupts,
        interrupts.attending(lambda: None, said.append, grace_seconds=3600),
    ):
        os.kill(os.getpid(), signal.SIGTERM)
        assert not interrupts.is_over()
    assert said == [GRACE_MESSAGE.format(3600)]
    with Interrupts(lambda: None, lambda _: None) as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupts.is_over()
        with interrupts.attending(lambda: None, said.append, grace_seconds=3600):
            assert not interrupts.is_over()


def test_a_search_is_stopped_by_a_signal_that_came_just_before_it() -> None:
    happened: list[str] = []
    with Interrupts(lambda: None, lambda _: None) as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
        with interrupts.attending(lambda: happened.append("stop"), happened.append):
            interrupts.say("waiting")
    assert happened == ["stop", "waiting"]


def test_anything_but_a_search_is_interrupted() -> None:
    with Interrupts(say=lambda _: None) as interrupts, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    assert interrupts.exit_code == 143


LOST_TERMINAL = """
import sys, time
from nas.search.interrupts import Interrupts
with Interrupts(lambda: print("asked"), lambda message: None) as interrupts:
    print("ready", flush=True)
    for _ in range(6000):
        if interrupts.exit_code is not None:
            break
        time.sleep(0.01)
    print("and said so", flush=True)
    assert interrupts.exit_code == 129
sys.exit(7)
"""


def test_a_terminal_that_is_lost_is_not_written_to() -> None:
    """With a real terminal, whose other end is closed: Linux then sends SIGHUP, and writing would be an error."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", LOST_TERMINAL])
    seen = b""
    while b"ready" not in seen:
        seen += os.read(terminal, 100)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 7
