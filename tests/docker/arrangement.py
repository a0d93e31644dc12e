"""The services of compose.yaml as processes of this machine: the same commands, with addresses of loopback."""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from tests.docker.tools import BIN, DOCKER, loaded
from tests.nas.storage.postgresql import PASSWORD, Server
from workers.ray_session import end_session

ADDRESS = "127.0.0.2"
"""Of all nodes: loopback, but not the one address in whose place Ray puts that of the machine."""
NODE_OPTIONS = (f"--node-ip-address={ADDRESS}", "--object-store-memory=100000000")
RESTARTING = ("bash", "-c", 'until "$@"; do sleep 1; done', "restart")
"""What "restart: unless-stopped" does: Ray gives a node 30 s to come up, which a busy machine may not."""
NOT_OURS = ("NAS_", "RAY_", "PG")
"""What the variables begin with that these processes are not to have from here."""
COMMANDS = loaded("compose.yaml")["services"]


class Arrangement:
    """Starts services, each in a session of its own, which are all ended behind the block."""

    def __init__(self, server: Server, ray_port: int) -> None:
        self._server, self._port = server, ray_port
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        self.directory = Path(tempfile.mkdtemp(prefix="nas-arr-", dir="/tmp"))
        self._ending.callback(shutil.rmtree, self.directory, ignore_errors=True)
        self._secret("postgres_password", PASSWORD)
        self._secret("ray_token", secrets.token_hex(32))
        database = self._server.new_database()
        self._url = re.sub(r":[^:@/]*@", "@", database)
        assert PASSWORD not in self._url
        return self

    def __exit__(self, *error: object) -> None:
        self._ending.close()

    def start(self, service: str, name: str = "", changed: Mapping[str, str] = {}) -> Path:
        """Starts a service; returns where what it says is written. `changed` are words to put in others' place."""
        log = self.directory / f"{name or service}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [*RESTARTING, *self._command(service, changed)],
                env=self._environment(service),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._ending.callback(process.wait)
        self._ending.callback(end_session, process.pid)
        return log

    def run(self, service: str, *words: str) -> str:
        """Runs a service to its end, or a command as `docker compose exec` would in it; returns what it has printed."""
        command = [str(DOCKER / "bin/entrypoint.sh"), *words] if words else self._command(service, {})
        done = subprocess.run(
            command,
            env=self._environment(service),
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout

    def is_healthy(self, service: str) -> bool:
        """Returns what the service's health check says, with the directory of this Ray in the place of its own."""
        words = COMMANDS[service]["healthcheck"]["test"][1:]
        command = [word.replace("/tmp/ray/", f"{self.directory}/") for word in words]
        return subprocess.run(command, env=self._environment(service), check=False).returncode == 0

    def _secret(self, name: str, text: str) -> None:
        (self.directory / name).write_text(text)

    def _command(self, service: str, changed: Mapping[str, str]) -> list[str]:
        words = [changed.get(word, word) for word in COMMANDS[service]["command"]]
        words = [word.replace("ray-head:6379", f"{ADDRESS}:{self._port}") for word in words if word]
        words = [word.replace("--port=6379", f"--port={self._port}") for word in words]
        if words[:2] == ["ray", "start"]:
            words += NODE_OPTIONS
        if "--head" in words:
            words.append(f"--temp-dir={self.directory}")
        return [str(DOCKER / "bin/entrypoint.sh"), *words]

    def _environment(self, service: str) -> dict[str, str]:
        """Returns what the service has in compose.yaml, and what the image sets."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        given: dict[str, Any] = COMMANDS[service].get("environment", {})
        ours = {name: self._replaced(str(value)) for name, value in given.items()}
        return {
            **kept,
            **ours,
            "PATH": f"{BIN}:{DOCKER / 'bin'}:{os.environ['PATH']}",
            "PGPASSFILE": str(self.directory / f"{service}.pgpass"),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_NODE_OPTIONS": " ".join(NODE_OPTIONS),
            "OMP_NUM_THREADS": "1",
        }

    def _replaced(self, value: str) -> str:
        if value.startswith("postgresql"):
            return self._url
        return value.replace("/run/secrets", str(self.directory))


def found_in(log: Path, pattern: str) -> Callable[[], str | None]:
    """Returns what looks for a pattern in what a service has said, and gives the last place."""
    return lambda: next(reversed(re.findall(pattern, log.read_text())), None)
