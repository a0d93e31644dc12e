"""A dashboard in a process of its own, and what it takes to ask it."""

import http.client
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nas.errors import StorageError
from nas.web.benchmark import waits

TIMEOUT_SECONDS = 60.0
END_SECONDS = 20.0
_ADDRESS = re.compile(r"http://\S+?(?=[,\s])")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and when: seconds from the connection on."""

    first_byte: float
    seconds: float
    without_waits: float
    """As `nas.web.benchmark.waits` has it."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Where a dashboard listens."""

    host: str
    port: int
    process: int

    def ask(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Returns the answer to a GET; raises `StorageError` for any but 200, as a wrong answer is no measurement."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_SECONDS)
        began = waits.now(self.process)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            first_byte = time.perf_counter()
            body = answer.read()
            ended = waits.now(self.process)
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise StorageError(f"GET {path}: expected 200, got {answer.status}: {body[:300]!r}")
        return Answer(first_byte - began.wall, ended.wall - began.wall, began.until(ended), body)


@contextmanager
def dashboard(url: str) -> Iterator[Address]:
    """Gives the address of a dashboard over the database, just started; ends it behind the block."""
    command = [sys.executable, "-m", "nas", "dashboard", "--db", url, "--port", "0", "--max-searches", "0"]
    with tempfile.TemporaryDirectory(prefix="nas-bench-web-") as directory:
        log = Path(directory) / "log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [*command, "--exports", directory], stdout=subprocess.PIPE, stderr=errors, text=True
            )
        try:
            assert process.stdout is not None
            yield _address(process.stdout.readline(), process.pid, log)
        finally:
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Ends a process, by force where it does not end when it is asked."""
    process.terminate()
    try:
        process.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _address(line: str, process: int, log: Path) -> Address:
    found = _ADDRESS.search(line)
    if found is None:
        said = line + log.read_text(errors="replace")[-500:]
        raise StorageError(f"nas dashboard: expected its address, got {said.strip()!r}; start it by hand")
    parts = urlsplit(found[0])
    assert parts.hostname is not None
    assert parts.port is not None
    return Address(parts.hostname, parts.port, process)
