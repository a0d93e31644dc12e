"""Those who follow, each in the event loop of its own connection, and what they follow."""

import asyncio
import threading
from typing import Protocol

from nas.web.live.messages import Message


class Client:
    """One that follows. Made in its event loop; woken from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Says that there may be something new. May be called when its loop has ended, too."""
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:  # how asyncio tells that the loop is closed: nobody is there to be woken
            return

    async def woken(self, seconds: float) -> bool:
        """Waits until it is woken, at most so long; returns whether it was."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Followed(Protocol):
    """What can be followed: messages in order, each with its place."""

    is_over: bool
    """Whether nothing will ever follow."""

    def behind(self, place: int) -> list[Message] | None:
        """Returns what is at hand behind a place; None where that has to be read from the database."""


class Crowd:
    """The clients of one thing that is followed. May be used by several threads."""

    def __init__(self) -> None:
        self._clients: set[Client] = set()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._clients)

    def add(self, client: Client) -> None:
        """Takes one in."""
        with self._lock:
            self._clients.add(client)

    def remove(self, client: Client) -> None:
        """Lets one go."""
        with self._lock:
            self._clients.discard(client)

    def wake(self) -> None:
        """Wakes all."""
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            client.wake()
