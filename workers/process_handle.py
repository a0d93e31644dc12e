"""One worker process as its driver sees it: started, spoken to, found to have ended, killed with all it has started.

A worker is known to have ended from its process id. The end of its socket says less: a process that a child has forked
holds that open, and lives on (with Ray such a worker is not found dead for minutes).
"""

import os
import secrets
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack

import psutil

from workers.environment import without_secrets
from workers.frames import DriverLink
from workers.process import exit_text, is_alive, one_line
from workers.process_family import MARK, family
from workers.shared import anonymous_file
from workers.worker import STOOD_STILL_EXIT

LAST_WORDS_BYTES = 4_000


class WorkerProcess:
    """A running worker, the leader of a process group and session of its own."""

    def __init__(self, setup: int, environment: Mapping[str, str]) -> None:
        """Starts it with the open file `setup`, see `workers.process_main`, and further variables.

        Raises `OSError` where the machine has no room for another process.
        """
        self._mark = f"{os.getpid()}-{secrets.token_hex(8)}"
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
                env={**_environment(), **environment, MARK: self._mark},
                start_new_session=True,
            )
            closing.pop_all()
        theirs.close()
        self.link = DriverLink(ours)
        self._process = psutil.Process(self.pid)
        self._doomed: dict[int, psutil.Process] = {}
        self._is_closed = False
        self._sentinel = _sentinel(self.pid)

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
        if self._sentinel is None:
            return not is_alive(self._process)
        poller = select.poll()
        poller.register(self._sentinel, select.POLLIN)
        return bool(poller.poll(0))

    def kill(self) -> None:
        """Kills it and all it has started, see `workers.process_family`. May be called twice."""
        if self._popen.returncode is not None:
            return
        self._kill_family()
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has not come to lead its group, or there is none left
            self._popen.kill()

    def is_gone(self) -> bool:
        """Whether everything that was killed has ended; the process leaves nothing then, not even its number."""
        if self._is_closed:
            return True
        if self._popen.poll() is None or any(map(is_alive, self._doomed.values())) or self._kill_family():
            return False
        self._is_closed = True
        self.link.close()
        self._errors.close()
        if self._sentinel is not None:
            os.close(self._sentinel)
            self._sentinel = None
        return True

    def _kill_family(self) -> int:
        """Kills what lives of what it has started; returns how many there were."""
        killed = [process for process in family(self._process, self._mark) if _kill(process)]
        self._doomed |= {process.pid: process for process in killed}
        return len(killed)

    @property
    def family(self) -> frozenset[int]:
        """The ids of what was killed."""
        return frozenset(self._doomed) | {self.pid}

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

    @property
    def was_killed(self) -> bool:
        """Whether it ended by SIGKILL, ours or the kernel's, for want of memory, included."""
        return self._popen.returncode == -signal.SIGKILL


def _environment() -> dict[str, str]:
    """Returns this process's variables without credentials, with its import path, and one thread a worker."""
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109 - as text
    return without_secrets(os.environ) | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def _kill(process: psutil.Process) -> bool:
    """Returns whether it was killed; not where it is gone, or another user's by now."""
    try:
        process.kill()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
    return True


def _sentinel(pid: int) -> int | None:
    """Returns a file that says when a process ends; None where the system, or what guards it, gives none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
