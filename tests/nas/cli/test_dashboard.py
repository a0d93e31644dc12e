"""`nas dashboard` as a process: what it says, what it refuses, how it ends."""

import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.nas.cli.calling import Call, spawn

PATIENCE = 120.0
"""Against hanging, on the slowest machine."""
Started = tuple["subprocess.Popen[str]", str, list[str]]
Start = Callable[..., Started]


@pytest.fixture
def start(database: str, tmp_path: Path) -> Iterator[Start]:
    """Starts a dashboard on a free port; returns the process, its address and the lines it has said."""
    with ExitStack() as stack:

        def started(*arguments: str) -> Started:
            process = spawn(
                "dashboard", "--db", database, "--port", "0", *arguments,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
            )  # fmt: skip
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            lines = [process.stdout.readline().rstrip("\n") for _ in range(3)]
            address = re.search(r"http://\S+:\d+", lines[0])
            assert address, process.communicate(timeout=PATIENCE)
            return process, address[0], lines

        yield started


def test_it_says_where_it_is_and_answers_there(start: Start, database: str) -> None:
    _, address, lines = start()
    assert lines[0] == f"nas dashboard on {address}, until Ctrl-C"
    assert lines[1] == f"database: {database}"
    assert lines[2].startswith("everybody on this machine")
    assert httpx.get(f"{address}/readyz", timeout=PATIENCE).status_code == 200
    assert httpx.get(f"{address}/api/v1/searches", timeout=PATIENCE).json()["data"] == []


def test_what_it_makes_is_for_its_owner_alone(start: Start, tmp_path: Path) -> None:
    start()
    made = list(tmp_path.glob("nas.db*"))
    assert made
    assert [stat.S_IMODE(file.stat().st_mode) for file in made] == [0o600] * len(made)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_with_streams_open(number: signal.Signals, code: int, start: Start) -> None:
    process, address, _ = start()
    with httpx.stream("GET", f"{address}/api/v1/stream", timeout=PATIENCE) as stream:
        assert stream.status_code == 200
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (code, "")


def test_with_a_token_it_wants_one(start: Start, call: Call, database: str) -> None:
    token = call("token", "create", "ci", "--db", database).out.strip()
    _, address, lines = start()
    assert lines[2] == "a token is wanted of everybody; 1 is live"
    url = f"{address}/api/v1/searches"
    assert httpx.get(url, timeout=PATIENCE).status_code == 401
    assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE).status_code == 200


def test_beyond_this_machine_it_warns(start: Start, call: Call, database: str) -> None:
    call("token", "create", "ci", "--db", database)
    process, address, _ = start("--host", "0.0.0.0", "--allow-host", "nas.example.org")
    here = address.replace("0.0.0.0", "127.0.0.1")
    for host, status in (("nas.example.org", 401), ("other.example.org", 400)):
        assert (
            httpx.get(f"{here}/api/v1/searches", headers={"Host": host}, timeout=PATIENCE).status_code
            == status
        )
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE)
    assert said.startswith("warning: this is plain HTTP beyond this machine")


def test_a_port_that_is_taken(call: Call, database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = call("dashboard", "--db", database, "--port", port)
    assert (ended.code, ended.out) == (1, "")
    assert f"127.0.0.1:{port}: expected a free port" in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "0.0.0.0"), "`nas token create NAME --scope write`"),
        (("--host", "::"), "`nas token create NAME --scope write`"),
        (("--require-token",), "`nas token create NAME --scope write`"),
        (("--allow-host", "http://nas.example"), "expected a name or an address alone"),
        (("--allow-host", "nas.example:80"), "expected a name or an address alone"),
        (("--data", "photos"), "expected NAME=PLACE"),
        (("--data", "../x=digits"), "expected NAME=PLACE"),
        (("--data", "photos=/no/such/place"), "expected a data set at /no/such/place"),
        (("--port", "65536"), "--port"),
        (("--max-searches", "-1"), "--max-searches"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_refused(arguments: tuple[str, ...], words: str, call: Call, database: str) -> None:
    ended = call("dashboard", "--db", database, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert ended.err.count("\n") == 1


def test_a_database_whose_tokens_are_all_revoked_is_closed(call: Call, database: str) -> None:
    call("token", "create", "ci", "--db", database)
    call("token", "revoke", "ci", "--db", database)
    ended = call("dashboard", "--db", database, "--port", "0")
    assert (ended.code, ended.out) == (2, "")
    assert "got none, so that nobody could come in" in ended.err


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_of_this_machine(host: str, call: Call, database: str) -> None:
    call("token", "create", "ci", "--db", database)
    ended = call("dashboard", "--db", database, "--port", "0", "--host", host)
    assert ended.code == 2
    assert f"got {host!r}" in ended.err


def test_a_database_that_is_none(call: Call, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database", encoding="utf-8")
    ended = call("dashboard", "--db", f"sqlite:///{tmp_path / 'notes.txt'}", "--port", "0")
    assert (ended.code, ended.out) == (3, "")
    assert call("dashboard", "--db", "notes.db").code == 2


IMPORTS = """
import sys
from fastapi.testclient import TestClient
from nas.cli import serving
from nas.web import logs, server
from nas.web.app import build_app
from nas.web.settings import WebSettings
with TestClient(build_app(WebSettings(sys.argv[1])), base_url="http://127.0.0.1") as client:
    paths = "", "/trials", "/charts/history", "/charts/scatter", "/charts/decisions", "/charts/effects", "/forecast"
    for path in paths:
        answer = client.get(f"/api/v1/searches/tiny{path}")
        assert answer.status_code == 200, (path, answer.text)
    assert client.get("/searches/tiny").status_code == 200
    assert client.get("/searches/tiny/trials/0").status_code == 200
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_it_imports_neither_torch_nor_ray(finished_database: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", IMPORTS, finished_database]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.split()) & {"torch", "ray", "onnx", "onnxruntime", "optuna", "sklearn"}
