"""The processes of a storm: drivers, and all that they start. Every one carries a mark by which it is found again."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

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

    process: "subprocess.Popen[bytes]"
    errors: Path
    point: str = ""
    expected: set[int] = field(default_factory=set)
    """Exit codes that what was done to it may lead to."""

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def exit_code(self) -> int | None:
        """Returns what it ended with, the negative number of a signal; None while it runs."""
        return self.process.poll()

    def send(self, number: signal.Signals, *codes: int) -> None:
        """Sends a signal, after which it may end with one of `codes`."""
        self.expected.update(codes)
        self.process.send_signal(number)

    def wait(self, seconds: float = END_SECONDS) -> int | None:
        """Returns what it ended with, None where it runs on after so many seconds."""
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(seconds)
        return None

    def last_words(self) -> str:
        """Returns the end of what it has said, on one line."""
        return one_line(self.errors.read_text(errors="replace")[-2000:])


@dataclass
class Crew:
    """Starts drivers, and ends all that is left when the context does."""

    folder: Path
    """For what the drivers say."""
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    drivers: list[Driver] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir()

    def start(self, drive: Drive, point: str = "") -> Driver:
        """Starts a driver; it ends when this process does."""
        errors = self.folder / f"driver-{len(self.drivers)}.txt"
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "NAS_KILL_AT": point, MARK: self.mark}
        with errors.open("wb") as file:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "nas.chaos.driver",
                    json.dumps(asdict(replace(drive, parent=os.getpid()))),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
                env=environment,
                start_new_session=True,  # Ctrl-C at the terminal is this process's to deal with
            )
        self.drivers.append(Driver(process, errors, point))
        return self.drivers[-1]

    def left(self) -> list[psutil.Process]:
        """Returns the processes that carry the mark and run."""
        return list(_marked(self.mark))

    def left_after_a_while(self) -> list[str]:
        """Returns what is still there once all should be gone, in words."""
        deadline = time.monotonic() + GONE_SECONDS
        while (left := self.left()) and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS)
        return [_described(process) for process in left]

    def end(self) -> None:
        """Kills all that is left, stopped or not."""
        for process in self.left():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        for driver in self.drivers:
            driver.wait()

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


def _described(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return f"process {process.pid} ({' '.join(process.cmdline())[:80]})"
    return f"process {process.pid}"
