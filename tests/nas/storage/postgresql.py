"""A private PostgreSQL for the tests: its own directory, port and user, no fsync, gone when the tests end."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

USER, PASSWORD = "nas", "s3cret-word"
_numbers = count(1)


def find_programs() -> Path | None:
    """The newest installed directory with initdb and pg_ctl: Debian does not put them on the path."""
    on_path = shutil.which("pg_ctl")
    candidates = (
        [Path(on_path).resolve()]
        if on_path
        else sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=_version)
    )
    return candidates[-1].parent if candidates else None


def _version(path: Path) -> int:
    return int(path.parts[-3])


@dataclass
class Server:
    programs: Path
    home: Path
    port: int

    @classmethod
    def start_new(cls, programs: Path) -> "Server":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        # Not under pytest's own directory: that one is closed to the unprivileged user the server runs as.
        home = Path(tempfile.mkdtemp(prefix="nas-pg-", dir="/tmp"))
        server = cls(programs, home, port)
        (home / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (home, home / "password"):
                shutil.chown(path, "nobody")
        server._run(
            "initdb",
            *("-U", USER, "--pwfile", str(home / "password"), "--auth=scram-sha-256", "--no-sync"),
            *("-E", "UTF8", "--locale=C"),
        )
        server.start()
        return server

    def start(self) -> None:
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": 30,
            "shared_buffers": "16MB",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        start = ("pg_ctl", "start", "-w", "-o", options, "-l", str(self.home / "log"))
        # After a kill the kernel may not have let go of its memory yet: then it does not start the first time.
        if not self._runs(*start):
            time.sleep(1)
            assert self._runs(*start), (self.home / "log").read_text()[-2000:]

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def kill(self) -> None:
        """Ends the postmaster and all its children as a power cut would; `start` then recovers."""
        postmaster = self.pid
        os.kill(postmaster, signal.SIGSTOP)  # it would start new children
        family = [*_children(postmaster), postmaster]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(_state(pid) not in ("", "Z") for pid in family):
            time.sleep(0.02)
        # In a container a dead process may keep its number for good, and so seem to hold the lock.
        (self.home / "data" / "postmaster.pid").unlink()

    def start_in(self, seconds: float) -> threading.Timer:
        """Starts it again after some time; to be joined."""
        timer = threading.Timer(seconds, self.start)
        timer.start()
        return timer

    def terminate_backends(self, database: str) -> int:
        """Ends all connections to a database; returns how many there were."""
        ended = self.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
        )
        return len(ended)

    @property
    def pid(self) -> int:
        return int((self.home / "data" / "postmaster.pid").read_text().split()[0])

    def remove(self) -> None:
        if (self.home / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.home)

    def url(self, database: str, *, password: str = PASSWORD) -> str:
        return f"postgresql+psycopg://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple]:
        address = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def create_database(self, name: str) -> str:
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def new_database(self) -> str:
        """Makes an empty database under a name of its own; returns its URL."""
        return self.create_database(f"fresh{next(_numbers)}")

    def _run(self, program: str, *arguments: str) -> None:
        assert self._runs(program, *arguments), program

    def _runs(self, program: str, *arguments: str) -> bool:
        as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [self.programs / program, "-D", self.home / "data", *arguments],
            stdout=subprocess.DEVNULL,  # pg_ctl's server would keep a pipe open
            stderr=None if program == "initdb" else subprocess.DEVNULL,
            cwd=self.home,
            check=False,
            **as_user,
        )
        return done.returncode == 0


def _children(parent: int) -> list[int]:
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if _stat(path)[1:2] == [str(parent)]
    ]


def _state(pid: int) -> str:
    return next(iter(_stat(Path(f"/proc/{pid}/stat"))), "")


def _stat(path: Path) -> list[str]:
    """State, parent and so on of a process (man 5 proc); nothing of one that is gone."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
