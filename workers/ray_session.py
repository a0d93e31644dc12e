"""The host process of a `RayPool`, seen from the pool: started, talked to, and ended with all that it has started."""

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
from contextlib import suppress
from pathlib import Path

import psutil

from workers.data.images import ImageData
from workers.frames import DriverLink
from workers.process import exit_text
from workers.ray_protocol import Answer, Leave, Request, Settings, one_line
from workers.shared import anonymous_file, write_shared

CLOSE_SECONDS = 10.0
LOOK_SECONDS = 0.02
WORDS_CHARACTERS = 2000
MISLEADING = ("RAY_ADDRESS", "RAY_grpc_enable_http_proxy")
"""Variables that would have Ray join another cluster, or with a proxy set wait for itself for ever."""


class HostProcess:
    """One host process. Its Ray reads a token of its own, and listens on this machine alone unless it joins others."""

    def __init__(self, settings: Settings, data: ImageData) -> None:
        """Starts it, which takes some milliseconds; Ray then takes seconds. `settings.directory` is filled in here."""
        self.began = time.monotonic()
        self._directory = Path(tempfile.mkdtemp(prefix="nas-ray-", dir=_short_directory()))
        self._is_local = settings.address is None
        self._log = anonymous_file()
        ours, theirs = socket.socketpair()
        with theirs, write_shared((settings._replace(directory=str(self._directory)), data)) as setup:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "workers.ray_host", str(theirs.fileno()), str(setup.fileno())],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=(theirs.fileno(), setup.fileno()),
                start_new_session=True,
            )
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
        if not messages and self._link.is_broken:
            raise EOFError
        return [answer for message in messages for answer in pickle.loads(message)]  # noqa: S301 - from the host

    def end(self, *, politely: bool = False) -> None:
        """Ends the host and its session; `politely` lets it leave a cluster first.

        What a local Ray has started is gone when this returns.
        """
        if politely:
            self.send(Leave())
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(CLOSE_SECONDS)
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
        self._log.seek(0)
        words = one_line(self._log.read().decode(errors="replace")[-WORDS_CHARACTERS:])
        return f"its process {exit_text(code)}" + (f": {words}" if words else "")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
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
    return [pid for pid in psutil.pids() if pid != spare and _session_of(pid) == session and _lives(pid)]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _short_directory() -> str:
    """Returns where temporary files go, unless its name is too long: the sockets that Ray puts there have 107 bytes."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= 20 else "/tmp"
