"""One worker process as its driver sees it: started, spoken to, found to have ended, killed with all it has started.

A worker is known to have ended from its process id. The end of its socket says less: a process that a child has forked
holds that open, and lives on (with Ray such a worker is not found dead for minutes).
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress

import psutil

from workers.environment import without_secrets
from workers.frames import DriverLink
from workers.process import exit_text, is_alive, one_line
from workers.shared import anonymous_file
from workers.worker import STOOD_STILL_EXIT

LAST_WORDS_BYTES = 4_000


class WorkerProcess:
    """A running worker, the leader of a process group and session of its own."""

    def __init__(self, setup: int, environment: Mapping[str, str]) -> None:
        """Starts it with the open file `setup`, see `workers.process_main`, and further variables.

        Raises `OSError` where the machine has no room for another process.
        """
        with ExitStack() as closing:
            ours, theirs = (closing.enter_context(end) for end in socket.socketpair())
            self._errors = closing.enter_context(anonymous_file())
            numbers = (theirs.fileno(), setup)
            self._popen = subprocess.Popen(
                [sys.executable, "-P", "-m", "workers.process_main", *map(str, (*numbers, os.getpid()))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=numbers,
                env={**_environment(), **environment},
                start_new_session=True,
            )
            closing.pop_all()
        theirs.close()
        self.link = DriverLink(ours)
        self._process = psutil.Process(self.pid)
        self._doomed: list[psutil.Process] = []
        self._sentinel = os.pidfd_open(self.pid) if sys.platform == "linux" else None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    @property
    def sentinel(self) -> int | None:
        """A file that becomes readable when the process ends; None where the system has no such thing."""
        return self._sentinel

    def has_ended(self) -> bool:
        """Whether it runs no more, whatever of what it has started does."""
        return not is_alive(self._process)

    def kill(self) -> None:
        """Kills it and all it has started: its descendants, and what is in its group. May be called twice."""
        if self._popen.returncode is not None:
            return
        self._doomed = [process for process in _family(self._process) if is_alive(process)]
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has not come to lead its group, or there is none left
            self._popen.kill()
        for process in self._doomed:
            if process.pid != self.pid:
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def is_gone(self) -> bool:
        """Whether everything that was killed has ended; the process leaves nothing then, not even its number."""
        if self._popen.poll() is None or any(is_alive(process) for process in self._doomed):
            return False
        self.link.close()
        self._errors.close()
        if self._sentinel is not None:
            os.close(self._sentinel)
            self._sentinel = None
        return True

    @property
    def family(self) -> frozenset[int]:
        """The ids of what was killed."""
        return frozenset(process.pid for process in self._doomed) | {self.pid}

    def last_words(self) -> str:
        """Returns in one line how it ended, after `kill`, and what it wrote as an error when it did."""
        code = self._popen.wait()
        if code == STOOD_STILL_EXIT:
            return "ended itself, as it had stood still for longer than the driver is patient"
        size = os.fstat(self._errors.fileno()).st_size
        written = os.pread(self._errors.fileno(), LAST_WORDS_BYTES, max(0, size - LAST_WORDS_BYTES))
        text = one_line(written.decode(errors="backslashreplace").replace("\0", "\\0"))
        return f"{exit_text(code)}{': ' if text else ''}{text}"

    @property
    def was_asked_to_end(self) -> bool:
        """Whether it ended by SIGTERM, as machines are cleared that their owner wants back."""
        return self._popen.returncode == -signal.SIGTERM


def _environment() -> dict[str, str]:
    """Returns this process's variables without credentials, with its import path, and one thread a worker."""
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109 - as text
    return without_secrets(os.environ) | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def _family(leader: psutil.Process) -> list[psutil.Process]:
    """Returns the process, its descendants, and what is in its group though its parent has ended."""
    found = {leader.pid: leader}
    with suppress(psutil.NoSuchProcess):
        found |= {process.pid: process for process in leader.children(recursive=True)}
    for pid in psutil.pids():
        try:
            if pid not in found and os.getpgid(pid) == leader.pid:
                found[pid] = psutil.Process(pid)
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            continue
    return list(found.values())
