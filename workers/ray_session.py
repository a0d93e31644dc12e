"""The host process of a `RayPool`, seen from the pool: started, talked to, and ended with all that it has started."""

import fcntl
import os
import pickle
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from workers.data.images import ImageData
from workers.environment import without_secrets
from workers.frames import DriverLink
from workers.process import exit_text, is_alive, one_line
from workers.ray_protocol import Answer, Leave, Request, Settings
from workers.shared import anonymous_file, write_shared

CLOSE_SECONDS = 10.0
LEAVE_TURN_SECONDS = 0.5
LOOK_SECONDS = 0.02
WORDS_BYTES = 2000
LOG_BYTES = 2**20
"""So much of what the host and its Ray write is kept, in memory; more is cut down to its end."""
MISLEADING = ("RAY_ADDRESS", "RAY_grpc_enable_http_proxy")
"""Variables that would have Ray join another cluster, or with a proxy set wait for itself for ever."""


class HostProcess:
    """One host process. Its Ray reads a token of its own, and listens on this machine alone unless it joins others."""

    def __init__(self, settings: Settings, data: ImageData) -> None:
        """Starts it, which takes some milliseconds; Ray then takes seconds. `settings.directory` is filled in here.

        Raises `OSError` where the machine has no room for it, in memory or on its disk, and leaves nothing then.
        """
        self.began = time.monotonic()
        self._is_local = settings.address is None
        with ExitStack() as undoing:
            self._directory = Path(tempfile.mkdtemp(prefix="nas-ray-", dir=_short_directory()))
            undoing.callback(shutil.rmtree, self._directory, ignore_errors=True)
            self._log = undoing.enter_context(anonymous_file())
            fcntl.fcntl(self._log, fcntl.F_SETFL, fcntl.fcntl(self._log, fcntl.F_GETFL) | os.O_APPEND)
            ours, theirs = (undoing.enter_context(end) for end in socket.socketpair())
            with write_shared((settings._replace(directory=str(self._directory)), data)) as setup:
                numbers = (theirs.fileno(), setup.fileno())
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "workers.ray_host", *map(str, numbers)],
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=self._log,
                    stderr=self._log,
                    pass_fds=numbers,
                    start_new_session=True,
                )
            undoing.pop_all()
        theirs.close()
        self._link = DriverLink(ours)
        self._poller = select.poll()

    @property
    def pid(self) -> int:
        """Process id of the host, and id of its session."""
        return self._process.pid

    def send(self, request: Request) -> None:
        """Sends it, without waiting for anybody to take it."""
        self._link.send(pickle.dumps((request,)))

    def receive(self, seconds: float) -> list[Answer]:
        """Returns what has come, waiting for the first at most so long. Raises `EOFError` where the host has ended."""
        events = select.POLLIN | (select.POLLOUT if self._link.has_more_to_send else 0)
        self._poller.register(self._link.fileno(), events)
        self._poller.poll(seconds * 1000)
        self._link.flush()
        messages = self._link.receive()
        self._cut_log()
        if not messages and self._link.is_broken:
            raise EOFError
        return [answer for message in messages for answer in pickle.loads(message)]  # noqa: S301 - from the host

    def leave(self, seconds: float) -> bool:
        """Has the host let go of a cluster and end; returns whether it did so in time. What it still says is lost."""
        deadline = time.monotonic() + seconds
        self.send(Leave())
        with suppress(EOFError):
            while (left := deadline - time.monotonic()) > 0:  # neither side is to wait for the other to read
                self.receive(min(left, LEAVE_TURN_SECONDS))
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        return self._process.returncode is not None

    def end(self) -> None:
        """Ends the host and its session. What a local Ray has started is gone when this returns."""
        end_session(self.pid)
        self._process.wait()
        self._link.close()
        self._log.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def last_words(self) -> str:
        """Returns how the host has ended, and what it wrote last."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)  # its end of the link was closed, so it is just ending
        code = self._process.poll()
        words = one_line(self._end_of_log().decode(errors="backslashreplace").replace("\0", "\\0"))
        return f"its process {exit_text(code)}" + (f": {words}" if words else "")

    def _cut_log(self) -> None:
        """Cuts what was written down to its end where it has become long: some hosts live for weeks."""
        if os.fstat(self._log.fileno()).st_size > LOG_BYTES:
            end = self._end_of_log()
            os.ftruncate(self._log.fileno(), 0)
            os.write(self._log.fileno(), end)

    def _end_of_log(self) -> bytes:
        number = self._log.fileno()
        return os.pread(number, WORDS_BYTES, max(0, os.fstat(number).st_size - WORDS_BYTES))

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in without_secrets(os.environ).items() if name not in MISLEADING}
        product = str(Path(__file__).parents[1])
        kept["PYTHONPATH"] = os.pathsep.join(filter(None, (product, os.environ.get("PYTHONPATH"))))
        kept.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        if self._is_local:
            token = self._directory / "token"
            token.touch(mode=0o600)
            token.write_text(secrets.token_hex(32))
            kept.pop("RAY_AUTH_TOKEN", None)
            kept |= {
                "RAY_AUTH_MODE": "token",
                "RAY_AUTH_TOKEN_PATH": str(token),
            }  # else Ray writes into the home
        return kept


def end_session(session: int, *, spare: int | None = None) -> None:
    """Kills all processes of a session but one, and waits until they are gone.

    The id of a session is that of the process that leads it, and given to no other while one of the session lives.
    """
    deadline = time.monotonic() + CLOSE_SECONDS
    while (members := _members(session, spare)) and time.monotonic() < deadline:
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(LOOK_SECONDS)


def _members(session: int, spare: int | None) -> Sequence[int]:
    """Returns the living processes of a session but one."""
    return [pid for pid in psutil.pids() if pid != spare and _session_of(pid) == session and is_alive(pid)]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _short_directory() -> str:
    """Returns where temporary files go, unless its name is too long: the sockets that Ray puts there have 107 bytes."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= 20 else "/tmp"
