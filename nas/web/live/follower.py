"""The one thread of a process that looks into the database for all who follow, twice a second.

It reads the new entries in the log of the searches that somebody follows, and how all searches stand while somebody
follows the list; nothing while nobody does. Each look is a few short reads, no transaction is held between them. While
the database is away it waits, and those who follow are told.
"""

import logging
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import anyio

from nas.errors import StorageError, UnknownSearchError
from nas.storage.contract import Storage
from nas.web.live.channel import Channel
from nas.web.live.clients import Client
from nas.web.live.messages import Message, entry_messages, gap_message
from nas.web.live.overview import Overview

LOOK_SECONDS = 0.5
AWAY_SECONDS = 2.0
AT_ONCE = 200
"""Events in one read."""
MOST_CLIENTS = 256
REPLAYS_AT_ONCE = 4
"""Of all clients: the requests that read the database need threads, too."""

_LOG = logging.getLogger("nas.web")


class Reading(Protocol):
    """Where storages for reading come from: `nas.web.readers.Readers`."""

    def read(self) -> AbstractContextManager[Storage]:
        """Gives a storage that only reads, for the block."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a client of a search begins."""

    search_id: int
    name: str
    newest: int
    """The last event that there was."""
    after: int
    """The last event that the client had, as it says."""

    @property
    def place(self) -> int:
        """The event behind which it goes on: not behind one that never was."""
        return min(self.after, self.newest)


class Live:
    """All that is followed in this process, and by how many. Its methods may be called from any thread."""

    def __init__(self, readers: Reading) -> None:
        self._readers = readers
        self._channels: dict[int, Channel] = {}
        self._overview = Overview()
        self._clients = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="live", daemon=True)
        self.replays = anyio.CapacityLimiter(REPLAYS_AT_ONCE)
        """For the threads that `replay` is called in."""
        self.is_away = False
        """Whether the last look found no database."""

    @property
    def clients(self) -> int:
        """How many follow now."""
        return self._clients

    @property
    def is_ending(self) -> bool:
        """Whether nobody is to follow any longer."""
        return self._stopped.is_set()

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends all streams, which no server waits for that is to end; returns at once."""
        self._stopped.set()
        self._wake()

    def close(self) -> None:
        """Ends all streams and the thread."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join()

    # Following

    def start_of(self, name: str, after: int | None) -> Start:
        """Returns where a client begins; raises `UnknownSearchError` where there is no such search."""
        with self._readers.read() as storage:
            record = storage.search(name)
            newest = storage.last_event(record.search_id)
        return Start(record.search_id, name, newest, newest if after is None else after)

    def join_search(self, client: Client, start: Start) -> Channel | None:
        """Takes a client in; returns what it follows, None where there are as many as there may be."""
        with self._lock:
            if self._clients >= MOST_CLIENTS:
                return None
            self._clients += 1
            new = Channel(start.search_id, start.name, start.newest)
            channel = self._channels.setdefault(start.search_id, new)
            channel.crowd.add(client)
            return channel

    def join_overview(self, client: Client) -> Overview | None:
        """Takes a client of the list in, likewise."""
        with self._lock:
            if self._clients >= MOST_CLIENTS:
                return None
            self._clients += 1
            if not len(self._overview.crowd):
                self._overview = Overview()
            self._overview.crowd.add(client)
            return self._overview

    def leave(self, client: Client, followed: Channel | Overview) -> None:
        """Lets a client go that has joined; what nobody follows is forgotten."""
        with self._lock:
            self._clients -= 1
            followed.crowd.remove(client)
            if isinstance(followed, Channel) and not len(followed.crowd):
                self._forget(followed)

    def replay(self, channel: Channel, place: int) -> list[Message]:
        """Reads what follows a place from the database, a page of it; before what is missing comes a word of that.

        Where nothing follows, though something did, the database is another one: then nobody follows it any longer.
        """
        with self._readers.read() as storage:
            entries = storage.events(channel.search_id, after=place, limit=AT_ONCE)
            messages = entry_messages(storage, channel.name, entries)
        if not messages:
            self._end(channel)
        elif messages[0].place != place + 1:
            return [gap_message(messages[0].place), *messages]
        return messages

    # The thread

    def _follow(self) -> None:
        pause = LOOK_SECONDS
        while not self._stopped.wait(pause):
            pause = LOOK_SECONDS if self._look() else AWAY_SECONDS

    def _look(self) -> bool:
        """Reads what is new of all that is followed; returns whether the database was there."""
        with self._lock:
            channels, overview = list(self._channels.values()), self._overview
        try:
            if channels or len(overview.crowd):
                with self._readers.read() as storage:
                    for channel in channels:
                        self._look_at(storage, channel)
                    if len(overview.crowd):
                        overview.look(storage)
        except StorageError as error:
            self._tell(is_away=True, why=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - the border of the thread: without it nobody hears any more
            self._tell(is_away=True, why=f"unexpected {type(error).__name__}: {error}; a fault of nas itself")
            return False
        self._tell(is_away=False)
        return True

    def _look_at(self, storage: Storage, channel: Channel) -> None:
        try:
            while entries := storage.events(channel.search_id, after=channel.newest, limit=AT_ONCE):
                channel.add(entry_messages(storage, channel.name, entries))
                channel.crowd.wake()
                if len(entries) < AT_ONCE:
                    return
        except UnknownSearchError:
            self._end(channel)

    def _tell(self, *, is_away: bool, why: str = "") -> None:
        """Says to all who follow that the database has gone, or come back."""
        if is_away == self.is_away:
            return
        self.is_away = is_away
        if is_away:
            _LOG.warning("live: the database is away: %s", why)
        self._wake()

    def _end(self, channel: Channel) -> None:
        """Lets all clients of a channel go: they come again, to what there is then."""
        with self._lock:  # first: whoever comes again must not find it
            self._forget(channel)
            channel.is_over = True
        channel.crowd.wake()

    def _forget(self, channel: Channel) -> None:
        if self._channels.get(channel.search_id) is channel:
            del self._channels[channel.search_id]

    def _wake(self) -> None:
        with self._lock:
            crowds = [self._overview.crowd, *(channel.crowd for channel in self._channels.values())]
        for crowd in crowds:
            crowd.wake()
