"""Clients of the stream of a search: what they hear, how late, and whether anything is missing."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from nas.errors import StorageError
from nas.storage.records import LogKind
from nas.web.benchmark.dashboard import Address

CHUNK = 1 << 16
LOOK_SECONDS = 0.05
_ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
_DATA = re.compile(rb"^data: (.*)$", re.MULTILINE)
_EVENT = re.compile(rb"^event: (.*)$", re.MULTILINE)
_READY = b"ready"
_OF_THE_LOG = frozenset(kind.value.encode() for kind in LogKind)


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as it arrived."""

    event_id: int
    kind: str
    number: int | None
    """Of the trial."""
    size: int
    """Bytes, with the empty line behind it."""
    delay: float
    """Seconds from the driver's writing to its arrival here."""


@dataclass
class Client:
    """Follows a search from behind an event; `reached` is the last it has heard."""

    after: int
    heard: list[Heard] = field(default_factory=list)
    disturbances: list[str] = field(default_factory=list)
    """What was said beside the log: "gap", "away", "back", "bye"."""

    @property
    def reached(self) -> int:
        """Id of the last event."""
        return self.heard[-1].event_id if self.heard else self.after

    @property
    def disorder(self) -> int:
        """How many events came twice, or with another in front of them that should have been."""
        ids = [self.after, *(one.event_id for one in self.heard)]
        return sum(later != earlier + 1 for earlier, later in pairwise(ids))

    def missed(self, end: int) -> int:
        """Returns how many events up to `end` never came."""
        return end - self.after - len({one.event_id for one in self.heard if one.event_id <= end})

    def take(self, block: bytes, now: float) -> None:
        """Takes in one event, or a comment."""
        kind, place, data = (pattern.search(block) for pattern in (_EVENT, _ID, _DATA))
        if kind is None or data is None:
            return
        if kind[1] == _READY:
            return
        if place is None or kind[1] not in _OF_THE_LOG:
            self.disturbances.append(kind[1].decode())
            return
        said = json.loads(data[1])
        self.heard.append(
            Heard(int(place[1]), kind[1].decode(), said["number"], len(block) + 2, now - float(said["at"]))
        )


async def listen(address: Address, search: str, client: Client) -> None:
    """Follows until it is cancelled, or the stream ends."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        path = f"/api/v1/searches/{search}/stream?after={client.after}"
        # HTTP/1.0: the events come as they are, not in chunks.
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {address.host}:{address.port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise StorageError(f"GET {path}: expected 200, got {head[:100]!r}")
        waiting = b""
        while chunk := await reader.read(CHUNK):
            now = time.time()
            *blocks, waiting = (waiting + chunk).split(b"\n\n")
            for block in blocks:
                client.take(block, now)
    finally:
        writer.close()


async def listen_while(
    address: Address, search: str, clients: Sequence[Client], watch: Callable[[], Awaitable[Result]]
) -> Result:
    """Lets all clients follow until `watch` is over; returns what it returns, or raises what a client raises."""
    tasks = [asyncio.create_task(listen(address, search, client)) for client in clients]
    try:
        return await watch()
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


async def heard_to(clients: Sequence[Client], event_id: int, seconds: float) -> None:
    """Waits until every client has heard up to an event, but no longer than so many seconds."""
    until = time.monotonic() + seconds
    while any(client.reached < event_id for client in clients) and time.monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS)
