"""Jobs that go wrong in every way a child can, without torch: what a worker does is named by the tokens of its token.

`Job.token` is "deed" or "deed argument". Workers import this module, so that it imports little.
"""

import ctypes
import fcntl
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.workers.tiny import TinySpace
from workers.data.images import ImageData
from workers.job import EpochMetrics, EpochReport, FailureKind, Job, Outcome
from workers.noop import evaluate_nothing
from workers.pool import Beat, Report, ignore

LONG_SECONDS = 300
"""Longer than any test waits: what is still there was not ended by itself."""
FAILURES = {kind.value: kind for kind in FailureKind}


class TwoArgumentsError(Exception):
    """Cannot be unpickled, as its constructor wants two arguments and pickle passes one."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first + second)


class SpeechlessError(Exception):
    """Has no text: asking for it raises."""

    def __str__(self) -> str:
        raise ValueError("no words")


class LocalError(Exception):
    """Holds what no process border lets through."""

    def __init__(self) -> None:
        super().__init__("it holds a lock and a \0 and a \ud800")
        self.lock = threading.Lock()


def epoch(number: int, saved: bytes = b"") -> EpochReport:
    return EpochReport(EpochMetrics(number, 1.0, 1.0, 0.5, 0.01), saved)


def sleep(argument: str, report: Report) -> None:
    """Says that it has begun, and sleeps."""
    Path(argument).touch()
    time.sleep(LONG_SECONDS)


def await_end(argument: str, report: Report) -> None:
    """Leaves its process id, and ends when there is a file beside it that says so."""
    place = Path(argument)
    place.with_suffix(".new").write_text(str(os.getpid()))
    place.with_suffix(".new").rename(place)
    deadline = time.monotonic() + LONG_SECONDS
    while not place.with_suffix(".end").exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def sleep_through_terms(argument: str, report: Report) -> None:
    """The same, deaf to all signals that can be ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    sleep(argument, report)


def hold_gil(argument: str, report: Report) -> None:
    """Sleeps in C, without letting another thread run."""
    Path(argument).touch()
    ctypes.PyDLL(None).sleep(LONG_SECONDS)


def read_fifo(argument: str, report: Report) -> None:
    """Reads a pipe that nobody writes."""
    Path(argument).read_bytes()


def fork_and_sleep(argument: str, report: Report) -> None:
    """Leaves its process id and that of a child it has forked, which has all open files too."""
    child = os.fork()
    if child == 0:
        time.sleep(LONG_SECONDS)
        os._exit(0)
    _leave_pids(argument, child)
    time.sleep(LONG_SECONDS)


def spawn_and_sleep(argument: str, report: Report) -> None:
    """The same with a child that is another program."""
    _spawn_and_sleep(argument, start_new_session=False)


def leave_own_session(argument: str, report: Report) -> None:
    """The same with another program that leads a session of its own."""
    _spawn_and_sleep(argument, start_new_session=True)


def _spawn_and_sleep(argument: str, *, start_new_session: bool) -> None:
    child = subprocess.Popen(["sleep", str(LONG_SECONDS)], start_new_session=start_new_session)
    _leave_pids(argument, child.pid)
    time.sleep(LONG_SECONDS)


def _leave_pids(argument: str, child: int) -> None:
    """Writes the file whole before it has its name."""
    place = Path(argument)
    place.with_suffix(".new").write_text(f"{os.getpid()} {child}")
    place.with_suffix(".new").rename(place)


def close_files(argument: str, report: Report) -> None:
    """Closes every file of its process but the first three, and sleeps."""
    os.closerange(3, 1024)
    time.sleep(LONG_SECONDS)


def crash(argument: str, report: Report) -> None:
    """Touches memory that is not there."""
    ctypes.string_at(0)


def vanish(argument: str, report: Report) -> None:
    os._exit(int(argument))


def leave(argument: str, report: Report) -> None:
    sys.exit(argument)


def interrupt(argument: str, report: Report) -> None:
    raise KeyboardInterrupt


def raise_two_arguments(argument: str, report: Report) -> None:
    raise TwoArgumentsError("it was ", "odd")


def raise_speechless(argument: str, report: Report) -> None:
    raise SpeechlessError


def raise_local(argument: str, report: Report) -> None:
    raise LocalError


def raise_long(argument: str, report: Report) -> None:
    raise ValueError("x" * 10_000_000 + " the end")


def raise_memory(argument: str, report: Report) -> None:
    raise MemoryError


def shout(argument: str, report: Report) -> None:
    """Prints as many bytes to both streams."""
    block = "x" * 2**20
    for _ in range(int(argument) // 2**20):
        sys.stdout.write(block)
    sys.stdout.flush()
    os.write(2, block.encode())


def report_epochs(argument: str, report: Report) -> None:
    """Reports so many epochs, the second with a state of 3 MB, a moment apart."""
    for number in range(1, int(argument.split(maxsplit=1)[0]) + 1):
        report(epoch(number, b"s" * 3_000_000 if number == 2 else b""))
        time.sleep(0.25)


def report_states(argument: str, report: Report) -> None:
    """Reports so many epochs a moment apart, each with a state that no socket takes at once."""
    for number in range(1, int(argument) + 1):
        report(epoch(number, b"s" * 3_000_000))
        time.sleep(0.1)


def pause(argument: str, report: Report) -> None:
    """Takes so many seconds."""
    time.sleep(float(argument))


def spoil(argument: str, report: Report) -> None:
    """Leaves a process that is deaf to SIGTERM, with a child of its own, and fails."""
    leave_running(argument, report)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise ValueError("spoilt")


def leave_running(argument: str, report: Report) -> None:
    """Leaves its process id, and a child that has left its group and another one's care."""
    script = f"sleep {LONG_SECONDS} > /dev/null & echo $!"
    started = subprocess.run(["setsid", "sh", "-c", script], stdout=subprocess.PIPE, text=True, check=True)
    _leave_pids(argument, int(started.stdout))


def garble(argument: str, report: Report) -> None:
    """Writes to the link of its process what is no message."""
    for number in range(3, 20):
        with suppress(OSError):
            socket.socket(fileno=os.dup(number)).sendall((7).to_bytes(8, sys.byteorder) + b"garbage")
    time.sleep(LONG_SECONDS)


def eat(argument: str, report: Report) -> None:
    """Takes memory until there is none left."""
    eaten = []
    while True:
        eaten.append(b"x" * 2**20)


def stall_after_an_epoch(argument: str, report: Report) -> None:
    report(epoch(1))
    time.sleep(LONG_SECONDS)


DEEDS: dict[str, Callable[[str, Report], None]] = {
    deed.__name__: deed
    for deed in (
        sleep,
        sleep_through_terms,
        hold_gil,
        read_fifo,
        fork_and_sleep,
        spawn_and_sleep,
        leave_own_session,
        close_files,
        crash,
        vanish,
        leave,
        interrupt,
        raise_two_arguments,
        raise_speechless,
        raise_local,
        raise_long,
        raise_memory,
        shout,
        report_epochs,
        report_states,
        pause,
        await_end,
        spoil,
        leave_running,
        garble,
        eat,
        stall_after_an_epoch,
    )
}


def evaluate(job: Job, space: TinySpace, data: ImageData, device: str, report: Report = ignore) -> Outcome:
    """Does what the job's token says, and then nothing."""
    deed, _, argument = job.token.partition(" ")
    if deed == "fail":
        return Outcome(job.job_id, failure=FAILURES[argument], error_text="it was to fail")
    if deed == "return":
        return argument  # type: ignore[return-value]  # on purpose
    if deed == "look":
        return _look(job, data)
    if deed == "odd":
        return Outcome(job.job_id, np.float32(0.5), train_seconds=np.float64(3))
    if deed == "unknown":
        return Outcome(job.job_id, 0.5, error_text=type("OnlyHere", (), {})())  # type: ignore[arg-type]  # on purpose
    if deed in DEEDS:
        DEEDS[deed](argument, report)
    return evaluate_nothing(job, space, data, device)


@dataclass
class OnePlace:
    """The same, of which only one process at a time can be made: in all others it fails as it is unpickled."""

    lock: str

    def __getstate__(self) -> str:
        return self.lock

    def __setstate__(self, lock: str) -> None:
        self.lock = lock
        self._held = Path(lock).open("a")  # noqa: SIM115 - for as long as the process lives
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._held.write("failed\n")
            self._held.close()
            raise

    def __call__(
        self, job: Job, space: TinySpace, data: ImageData, device: str, report: Report = ignore
    ) -> Outcome:
        return evaluate(job, space, data, device, report)


def _look(job: Job, data: ImageData) -> Outcome:
    """Says in its text what a worker sees around it."""
    images = data.train.images
    seen = {
        "shared": isinstance(root(images), mmap.mmap) and not images.flags.writeable,
        "sum": int(images.sum()),
        "saved": len(job.saved),
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "secrets": sorted(
            name for name, value in os.environ.items() if "secret@" in value or "secrets/" in value
        ),
        "torch": "torch" in sys.modules,
        "group": os.getpgrp() == os.getpid(),
        "gpu": os.environ.get("CUDA_VISIBLE_DEVICES"),
    }
    return Outcome(job.job_id, 0.5, worker=repr(seen))


def root(array: object) -> object:
    """Returns what the numbers of an array belong to in the end."""
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return getattr(array, "obj", array)


def beat(token: str) -> Beat:
    return Beat("host:1:cpu", 1, token)
