"""Storages for requests: each is used by one thread at a time, kept for the next, and never holds a search up.

Readers are opened for reading alone: they take no lock that a driver waits for. Whoever writes adds a command, a token,
a submission or a line of the audit, and never takes a lease. A block should be short: a long answer, such as a
download, takes a storage for each of its pages.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from nas.errors import StorageError
from nas.storage.address import parse_url, redacted
from nas.storage.contract import Storage
from nas.storage.open import has_database, open_storage
from nas.storage.waiting import Waiting

MOST_AT_ONCE = 16
MOST_IDLE = 4
WAIT_SECONDS = 2.0
"""For a database that is away, and for a storage while all are in use: a request is answered soon or not at all."""


class Readers:
    """The storages of one process. Opens nothing before it is asked. May be used by any number of threads.

    >>> with Readers("sqlite:///nas.db").read() as storage:  # doctest: +SKIP
    ...     storage.searches()
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._shelves = {True: _Shelf(), False: _Shelf()}
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    @contextmanager
    def read(self) -> Iterator[Storage]:
        """Gives a storage that only reads, for the block; raises `StorageError` soon where the database is away."""
        with self._taken(read_only=True) as storage:
            yield storage

    @contextmanager
    def write(self) -> Iterator[Storage]:
        """Gives a storage that can write commands, tokens, submissions and audit; a missing database is not made."""
        with self._taken(read_only=False) as storage:
            yield storage

    def close(self) -> None:
        """Lets go of the database; a storage that is in use is closed when it comes back."""
        for shelf in self._shelves.values():
            shelf.close()

    @contextmanager
    def _taken(self, *, read_only: bool) -> Iterator[Storage]:
        if not self._places.acquire(timeout=WAIT_SECONDS):
            raise StorageError(
                f"{redacted(self._url)}: expected one of {MOST_AT_ONCE} connections to be free, "
                "got more requests than that; try again"
            )
        try:
            shelf, identity = self._shelves[read_only], _identity(self._url)
            storage = shelf.take(identity) or self._opened(read_only=read_only)
            try:
                yield storage
            finally:
                shelf.put(identity, storage)
        finally:
            self._places.release()

    def _opened(self, *, read_only: bool) -> Storage:
        if not has_database(self._url):
            raise StorageError(f"{redacted(self._url)}: expected a database, got no such file")
        return open_storage(self._url, read_only=read_only, waiting=Waiting(WAIT_SECONDS, for_disk=False))


Identity = tuple[int, int] | None
"""Device and number of a SQLite file."""


@dataclass
class _Shelf:
    """Storages that nobody uses now. Those of a file that was replaced meanwhile are closed, not handed out."""

    idle: list[tuple[Identity, Storage]] = field(default_factory=list)
    is_closed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, identity: Identity) -> Storage | None:
        with self.lock:
            taken = self.idle.pop() if self.idle else None
        if taken is None or taken[0] == identity:
            return taken and taken[1]
        taken[1].close()
        return self.take(identity)

    def put(self, identity: Identity, storage: Storage) -> None:
        with self.lock:
            is_kept = not self.is_closed and len(self.idle) < MOST_IDLE
            if is_kept:
                self.idle.append((identity, storage))
        if not is_kept:
            storage.close()

    def close(self) -> None:
        with self.lock:
            self.is_closed = True
            idle, self.idle = self.idle, []
        for _, storage in idle:
            storage.close()


def _identity(url: str) -> Identity:
    """Returns which file the URL leads to now, None for a server and for no file."""
    address = parse_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return None
    try:
        found = os.stat(address.database)  # noqa: PTH116 - before every request
    except OSError:
        return None
    return found.st_dev, found.st_ino
