"""A private PostgreSQL for the tests: its own directory, port and user, no fsync, gone when the tests end."""

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER, PASSWORD = "nas", "s3cret-word"


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
            "unix_socket_directories": self.home,
            "fsync": "off",
            "max_connections": 30,
            "shared_buffers": "16MB",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run("pg_ctl", "start", "-w", "-o", options, "-l", str(self.home / "log"))

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def remove(self) -> None:
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

    def _run(self, program: str, *arguments: str) -> None:
        as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [self.programs / program, "-D", self.home / "data", *arguments],
            stdout=subprocess.DEVNULL,  # pg_ctl's server would keep a pipe open
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            cwd=self.home,
            check=False,
            **as_user,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"
