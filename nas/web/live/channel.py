"""The newest messages of one search, kept once for all who follow it; what is older they read from the database."""

import threading
from collections import deque
from collections.abc import Sequence

from nas.web.live.clients import Crowd
from nas.web.live.messages import Message

KEPT = 1_000
"""Messages, of under 1 KB each: what a client may be behind before it has to ask the database."""


class Channel:
    """Filled by the follower, read by the connections of clients.

    A client says how far it has come, and is given what follows that. So nothing is missed or doubled where it goes
    over from what is replayed to what is new: there is one order, and one place in it.
    """

    def __init__(self, search_id: int, name: str, newest: int) -> None:
        self.search_id, self.name = search_id, name
        self.crowd = Crowd()
        self.is_over = False
        self._newest = newest
        self._messages: deque[Message] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    @property
    def newest(self) -> int:
        """The last event that the follower has seen."""
        return self._newest

    def add(self, messages: Sequence[Message]) -> None:
        """Takes in what is new. Where events are missing before it, nothing before it is kept."""
        if not messages:
            return
        with self._lock:
            if messages[0].place != self._newest + 1:
                self._messages.clear()
            self._messages.extend(messages)
            self._newest = messages[-1].place

    def behind(self, place: int) -> list[Message] | None:
        """Returns the messages behind an event; None where the first of them is no longer at hand, or never was."""
        with self._lock:
            if place >= self._newest:
                return []
            if not self._messages or place + 1 < self._messages[0].place:
                return None
            first = place + 1 - self._messages[0].place
            return [self._messages[index] for index in range(first, len(self._messages))]
