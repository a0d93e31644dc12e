"""Clients that are too slow, or may not go on: they are let go, and their place is free again."""

import asyncio
import threading
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from starlette.types import Send

from nas.errors import StorageError
from nas.web.live import stream
from nas.web.live.follower import Live
from nas.web.live.stream import Allowed, EventStream
from nas.web.readers import Readers

SCOPE = {"type": "http", "method": "GET", "path": "/api/v1/stream", "headers": []}


@pytest.fixture
def live(searched: str) -> Iterator[Live]:
    readers = Readers(searched)
    live = Live(readers)
    live.start()
    yield live
    live.close()
    readers.close()
    assert not any(thread.name == "live" for thread in threading.enumerate())


async def never() -> MutableMapping[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets was set")


def answer(live: Live, send: Send, may_go_on: Allowed = lambda: True) -> None:
    """Answers until the answer ends."""
    start = live.start_of("first", 0)
    asyncio.run(EventStream(live, start, may_go_on)(SCOPE, never, send))


def test_a_client_that_takes_nothing_is_let_go(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SLOW_SECONDS", 0.05)
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)
        if len(sent) > 2:
            assert live.clients == 1
            await never()

    answer(live, send)
    assert [message["type"] for message in sent] == ["http.response.start", *["http.response.body"] * 2]
    assert live.clients == 0


def test_a_client_that_may_no_longer_is_let_go(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    asked: list[int] = []
    body = b""

    def may_go_on() -> bool:
        asked.append(live.clients)
        if len(asked) == 2:
            raise StorageError("away: nobody knows")
        return len(asked) < 4

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal body
        body += message.get("body", b"")

    answer(live, send, may_go_on)
    assert asked == [1] * 4
    assert body.endswith(b"\n\n" + stream.HEARTBEAT * 3 + stream.BYE)
    assert live.clients == 0


def test_of_another_database_under_the_same_name_it_begins_anew(live: Live) -> None:
    """The channel knows events that the database has not: the client is sent away, to come again."""
    start = live.start_of("first", 0)
    sent: list[bytes] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message.get("body", b""))

    later = type(start)(start.search_id, "first", start.newest + 10, start.newest + 5)
    asyncio.run(EventStream(live, later, lambda: True)(SCOPE, never, send))
    assert sent[-1] == stream.BYE
    assert live._channels == {}
