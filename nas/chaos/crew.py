"""The processes of a storm: drivers, the workers that they start, and where all of them come from.

Workers carry a mark in their environment, by which they are found again when their driver is long gone.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from nas.chaos.driver import Drive
from search_spaces.errors import NasError
from workers.process import one_line

MARK = "CHAOS_MARK"
"""An environment variable, which processes hand on to what they start."""
END_SECONDS = 60.0
GONE_SECONDS = 10.0
"""So long may what a driver has started outlive it: it ends within half a second, on a machine that has time for it."""
TICK_SECONDS = 0.02


class BrokenError(NasError):
    """Something that must not happen whatever dies has happened."""


@dataclass
class Driver:
    """A driver process. `point` is where it is to kill itself, as "finish.before_commit:2"; mostly nowhere."""

    pid: int
    errors: Path
    """What it says."""
    code: Path
    """Its exit code, once it has ended."""
    point: str = ""
    expected: set[int] = field(default_factory=set)
    """Exit codes that what was done to it may lead to."""

    def exit_code(self) -> int | None:
        """Returns what it ended with, the negative number of a signal; None while it runs."""
        return int(self.code.read_text()) if self.code.exists() else None

    def send(self, number: signal.Signals, *codes: int) -> None:
        """Sends a signal, after which it may end with one of `codes`."""
        self.expected.update(codes)
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self, seconds: float = END_SECONDS) -> int | None:
        """Returns what it ended with, None where it runs on after so many seconds."""
        deadline = time.monotonic() + seconds
        while (code := self.exit_code()) is None and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS)
        return code

    def has_killed_itself(self) -> bool:
        """Whether it has come to the point where it was to."""
        code = self.exit_code()
        return bool(self.point) and code == -signal.SIGKILL and code not in self.expected

    def last_words(self) -> str:
        """Returns the end of what it has said, on one line."""
        return (
            one_line(self.errors.read_text(errors="replace")[-2000:]) if self.errors.exists() else "nothing"
        )


class Nursery:
    """A context in which drivers are quick to start. All of them end with it, and it ends with this process."""

    def __init__(self, drive: Drive, folder: Path) -> None:
        self._errors = folder / "nursery.txt"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nas.chaos.nursery"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                bufsize=0,
                start_new_session=True,  # Ctrl-C at the terminal is this process's to deal with
            )
        self._tell(asdict(drive))

    def bear(self, drive: Drive, environment: dict[str, str], errors: Path, code: Path) -> int:
        """Starts a driver and returns its process id."""
        birth = {"drive": json.dumps(asdict(drive)), "environment": environment}
        files = {"errors": str(errors), "code": str(code)}
        self._tell(birth | files)
        assert self._process.stdout is not None  # it is a pipe
        answer = self._process.stdout.readline()
        if not answer:
            raise BrokenError(
                f"the nursery of drivers has ended: {one_line(self._errors.read_text()[-2000:])}"
            )
        return int(answer)

    def _tell(self, what: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # it is a pipe
        with suppress(BrokenPipeError):  # what has become of it is seen by what it answers
            self._process.stdin.write(json.dumps(what).encode() + b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        with self._process:  # closes its pipes and waits
            pass


@dataclass
class Crew:
    """Starts drivers, and ends all that is left when the context does."""

    nursery: Nursery
    folder: Path
    """For what the drivers say."""
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    drivers: list[Driver] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir()

    def start(self, drive: Drive, point: str = "") -> Driver:
        """Starts a driver."""
        number = len(self.drivers)
        errors, code = self.folder / f"driver-{number}.txt", self.folder / f"driver-{number}.code"
        pid = self.nursery.bear(drive, {MARK: self.mark, "NAS_KILL_AT": point}, errors, code)
        self.drivers.append(Driver(pid, errors, code, point))
        return self.drivers[-1]

    def left_after_a_while(self) -> list[str]:
        """Returns what is still there once all should be gone, in words."""
        deadline = time.monotonic() + GONE_SECONDS
        while (left := self._left()) and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS)
        return left

    def _left(self) -> list[str]:
        drivers = [f"driver {driver.pid}" for driver in self.drivers if driver.exit_code() is None]
        return [*drivers, *(f"worker {process.pid}" for process in _marked(self.mark))]

    def end(self) -> None:
        """Kills all that is left, stopped or not."""
        running = [driver for driver in self.drivers if driver.exit_code() is None]
        for driver in running:
            driver.send(signal.SIGKILL)
        for process in _marked(self.mark):
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield process
