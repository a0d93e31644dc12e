"""How tests listen to a stream: as browsers read one (WHATWG HTML, section 9.2.6)."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, NamedTuple

import httpx


class Heard(NamedTuple):
    """An event; `place` is the last id that came, with it or before it. A comment is an event without a name."""

    event: str
    place: str
    data: Any
    size: int


class Parser:
    """Takes lines in, gives events as they are complete; what breaks off in the middle never was one."""

    def __init__(self) -> None:
        self.place = ""
        self._fields: dict[str, str] = {}
        self._size = 0

    def take(self, line: str) -> Heard | None:
        self._size += len(line.encode()) + 1
        if line:
            name, _, value = line.partition(":")
            assert name not in self._fields, f"{name} twice in an event"
            self._fields[name] = value.removeprefix(" ")
            return None
        fields, size, self._fields, self._size = self._fields, self._size, {}, 0
        self.place = fields.get("id", self.place)
        return Heard(fields.get("event", ""), self.place, json.loads(fields.get("data", "null")), size)


def listened(lines: Iterable[str]) -> Iterator[Heard]:
    """Gives the named events."""
    parser = Parser()
    for line in lines:
        heard = parser.take(line)
        if heard is not None and heard.event:
            yield heard


def until(lines: Iterable[str], event: str, **data: Any) -> list[Heard]:
    """Returns the events to the first of that name and with that data."""
    heard = []
    for one in listened(lines):
        heard.append(one)
        if one.event == event and all(one.data[key] == value for key, value in data.items()):
            return heard
    raise AssertionError(f"the stream ended without {event} {data}: {heard}")


async def listened_async(response: httpx.Response) -> AsyncIterator[Heard]:
    """The same as `listened`, of an answer to an asynchronous client."""
    parser = Parser()
    async for line in response.aiter_lines():
        heard = parser.take(line)
        if heard is not None and heard.event:
            yield heard
