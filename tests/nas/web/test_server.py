"""A real server: slow and half requests, large bodies, too many connections, signals, a port that is taken."""

import contextlib
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from fastapi import FastAPI

from nas.web.bodies import LARGEST_BYTES
from nas.web.server import LARGEST_HEADER_BYTES, PromptProtocol, address_of, listen
from nas.web.settings import WebSettings
from tests.nas.web.conftest import serving

PATIENCE = 60.0
"""Against hanging, on the slowest machine."""
Connect = Callable[[], socket.socket]


@pytest.fixture
def connect(served: str) -> Iterator[Connect]:
    """Opens connections to `served`."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(connected(served))


def connected(address: str) -> socket.socket:
    url = httpx.URL(address)
    return socket.create_connection((url.host, url.port), timeout=PATIENCE)


def read_all(connection: socket.socket) -> bytes:
    """Returns what comes until the other side ends the connection."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers have to be there within a quarter of a second."""
    monkeypatch.setattr(PromptProtocol, "header_seconds", 0.25)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: 127",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /heal",
    ],
    ids=["nothing", "half a header", "half a second one"],
)
@pytest.mark.usefixtures("hurried")
def test_whoever_does_not_come_to_the_end_of_a_header_is_let_go(begun: bytes, connect: Connect) -> None:
    connection = connect()
    connection.sendall(begun)
    answer = read_all(connection)
    assert answer.endswith(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK") == begun.endswith(b"GET /heal")


@pytest.mark.usefixtures("hurried")
def test_nor_does_it_help_to_send_a_byte_from_time_to_time(connect: Connect) -> None:
    connection = connect()
    for byte in b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 2000:
        connection.sendall(bytes([byte]))
        if select.select([connection], [], [], 0.05)[0]:
            break
    else:
        raise AssertionError("it was never let go")
    assert b" 408 " in read_all(connection)


@pytest.mark.usefixtures("hurried")
def test_an_answer_may_take_longer_than_a_header(app: FastAPI) -> None:
    app.add_api_route("/slow", lambda: time.sleep(0.6), methods=["GET"])
    with serving(app) as address, httpx.Client(base_url=address, timeout=PATIENCE) as client:
        assert client.get("/slow").status_code == 200
        assert client.get("/slow").status_code == 200


def test_two_hundred_megabytes_are_not_read(connect: Connect) -> None:
    connection = connect()
    size = 200 * 2**20
    head = "POST /api/v1/searches HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {size}\r\n\r\n".encode())
    answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer


def test_nor_is_what_comes_in_pieces_without_an_end(connect: Connect) -> None:
    connection = connect()
    head = "POST /api/v1/searches HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    sent, piece = 0, b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while sent <= 2 * LARGEST_BYTES:
            connection.sendall(piece)
            sent += 65_536
    assert b"HTTP/1.1 413 " in read_all(connection)


def test_a_client_that_only_sends_still_gets_its_answer(served: str) -> None:
    content = b"x" * (8 * LARGEST_BYTES)
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{served}/api/v1/searches", content=content, headers=headers, timeout=PATIENCE)
    assert answer.status_code == 413


def test_a_header_that_is_too_long(connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 2 * LARGEST_HEADER_BYTES)
    assert read_all(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=["TLS", "no host", "two hosts", "length below 0", "two lengths"],
)
def test_what_is_no_http_is_refused(sent: bytes, connect: Connect) -> None:
    connection = connect()
    connection.sendall(sent)
    connection.shutdown(socket.SHUT_WR)
    assert b" 500 " not in read_all(connection)[:20]


def test_of_too_many_connections_the_last_is_told_so(
    connect: Connect, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PromptProtocol, "most_connections", 3)
    held = [connect() for _ in range(3)]
    assert read_all(connect()).startswith(b"HTTP/1.1 503 ")
    for connection in held:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 200 OK")
    deadline = time.monotonic() + PATIENCE
    while httpx.get(f"{served}/healthz").status_code != 200:
        assert time.monotonic() < deadline


def test_it_does_not_say_what_it_is_made_of(served: str) -> None:
    assert "server" not in httpx.get(f"{served}/healthz").headers


def test_head_of_an_answer_without_an_end_has_one(served: str) -> None:
    answer = httpx.head(f"{served}/api/v1/stream", timeout=PATIENCE)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


STUCK = """
import sys, threading, time
from nas.web.app import build_app
from nas.web import server
from nas.web.server import Server, address_of, listen
from nas.web.settings import WebSettings

def wait_for_nobody() -> None:
    print("stuck", flush=True)
    time.sleep(3600)

server.LAST_SECONDS = 1.0
settings = WebSettings(sys.argv[1], port=0)
app = build_app(settings)
app.add_api_route("/stuck", wait_for_nobody, methods=["GET"])
with listen(settings) as listening:
    print(address_of(listening), flush=True)
    sys.exit(Server(app).run_until_ended(listening))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_what_is_stuck_does_not_keep_the_process(number: signal.Signals, code: int, searched: str) -> None:
    command = [sys.executable, "-c", STUCK, searched]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, preexec_fn=hear_ctrl_c, **pipes) as process:  # type: ignore[call-overload]  # noqa: PLW1509
        address = process.stdout.readline().strip()
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(connected(address))
            connection.sendall(b"GET /stuck HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert process.stdout.readline() == "stuck\n"
            process.send_signal(number)
            assert process.wait(PATIENCE) == code


def hear_ctrl_c() -> None:
    """A shell has Ctrl-C ignored by what it starts in the background, tests too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_port_that_is_taken_is_an_error() -> None:
    with listen(WebSettings("", port=0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            listen(WebSettings("", port=port))
        assert address_of(listening) == f"http://127.0.0.1:{port}"


def test_an_address_of_the_newer_kind_is_written_as_browsers_want_it() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        listening = listen(WebSettings("", host="::1", port=0))
    except OSError:
        pytest.skip("no IPv6 here")
    with listening:
        assert address_of(listening).startswith("http://[::1]:")
