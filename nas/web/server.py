"""The server: a socket of its own, connections that may not idle, signals that end it, a log without secrets."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from nas.web.settings import WebSettings

HEADER_SECONDS = 10.0
"""From the first byte of a request, or from the beginning of a connection, to the end of its headers."""
LARGEST_HEADER_BYTES = 32 * 1024
MOST_CONNECTIONS = 512
IDLE_SECONDS = 15
END_SECONDS = 3
"""For answers that are under way when the server is asked to end."""
LAST_SECONDS = 8.0
"""Then the process ends, whatever it still waits for, such as a database that has fallen silent."""
CODES = {signal.SIGTERM: 0, signal.SIGINT: 130}
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)
_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class PromptProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, but a connection on which no whole request header arrives in time is closed.

    uvicorn waits for ever: a few hundred half requests would keep everybody else out.
    """

    header_seconds = HEADER_SECONDS
    most_connections = MOST_CONNECTIONS

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins to wait for a request; where there are too many connections, ends this one."""
        super().connection_made(transport)  # type: ignore[arg-type]
        if len(self.connections) > self.most_connections:
            self._end(_BUSY)
        else:
            self._deadline = self.loop.call_later(self.header_seconds, self._end, _LATE)

    def data_received(self, data: bytes) -> None:
        """Takes what has arrived, and looks whether it was the end of a header or the beginning of one."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._disarm()
        elif self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.header_seconds, self._end, _LATE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self._disarm()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Waits for the next request, for which uvicorn has a time of its own; a part of it may be there."""
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0] and self._deadline is None:
            self._deadline = self.loop.call_later(self.header_seconds, self._end, _LATE)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, words: bytes) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.write(words)
            self.transport.close()


class Server(uvicorn.Server):
    """Ends with its process alive, so that the process can say how; the streams of the service end first."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=PromptProtocol,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                h11_max_incomplete_event_size=LARGEST_HEADER_BYTES,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=END_SECONDS,
            )
        )
        self._app = app
        self.ended_by: signal.Signals | None = None

    def run_until_ended(self, listening: socket.socket) -> int:
        """Serves until a signal ends it; returns the exit code: 0 after SIGTERM, 130 after Ctrl-C, 1 where it fell."""
        self.run([listening])
        if self.ended_by is None:
            return 1
        return CODES[self.ended_by]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, which otherwise never end, then everything else."""
        self._app.state.service.stop_streams()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ends the server by SIGINT or SIGTERM; unlike uvicorn, does not raise the signal again behind that."""
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._end_by) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end_by(self, number: int, _: object) -> None:
        self.force_exit = self.should_exit  # the second time: at once
        self.should_exit = True
        if self.ended_by is None:
            self.ended_by = signal.Signals(number)
            end = threading.Timer(LAST_SECONDS, os._exit, [CODES[self.ended_by]])
            end.daemon = True
            end.start()


class ServerInThread(Server):
    """A server that does not care for signals: they are the main thread's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals as they are."""
        yield


def listen(settings: WebSettings) -> socket.socket:
    """Returns a socket that listens; raises `OSError` where the address is taken or not ours."""
    family, *_, address = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    return socket.create_server(address, family=family, backlog=MOST_CONNECTIONS)


def address_of(listening: socket.socket) -> str:
    """Returns where the socket can be reached, as a browser wants it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
