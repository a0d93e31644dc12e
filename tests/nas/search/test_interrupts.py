"""The first signal asks, the second ends."""

import os
import signal
import subprocess
import sys

import pytest

from nas.search.interrupts import MESSAGE, Interrupts

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
