"""The views of all searches that somebody looks at, kept between requests."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from nas.errors import UnknownSearchError
from nas.trial import PolicyUpdate
from nas.web.readers import Readers
from nas.web.view.search_view import SearchView
from nas.web.view.state import Follower, read_mark

KEPT = 16
"""Searches; the one that nobody has looked at for longest goes first."""


@dataclass
class _Slot:
    """A search: whoever brings it up to date holds the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    follower: Follower | None = None


class Views:
    """Gives views of searches, each of one moment. May be used by any number of threads.

    The first view of a search reads all its trials; later ones read what is new.
    """

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._lock = threading.Lock()
        self._slots: OrderedDict[str, _Slot] = OrderedDict()

    def of(self, name: str) -> SearchView:
        """Returns the view of a search as it is now; raises `UnknownSearchError`."""
        slot = self._slot(name)
        with slot.lock, self._readers.read() as storage:
            record = storage.search(name)
            follower, slot.follower = slot.follower, None  # after an error all is read anew
            mark = read_mark(storage, record)
            if follower is None or not follower.can_follow(mark):
                follower = Follower(record)
            state = follower.follow(storage, mark)
            slot.follower = follower
        return SearchView(record, state, self)

    def find(self, name: str) -> SearchView | None:
        """Returns the view of a search, None where there is none of that name."""
        try:
            return self.of(name)
        except UnknownSearchError:
            return None

    def updates(self, search_id: int, points: int) -> list[PolicyUpdate]:
        """Returns about so many of the updates of a policy, the newest among them."""
        with self._readers.read() as storage:
            return storage.sampled_updates(search_id, points)

    def _slot(self, name: str) -> _Slot:
        with self._lock:
            slot = self._slots.get(name)
        if slot is None:
            with self._readers.read() as storage:
                storage.search(name)  # a name that there is not takes nobody's place
        with self._lock:
            slot = self._slots.setdefault(name, _Slot())
            self._slots.move_to_end(name)
            if len(self._slots) > KEPT:
                self._slots.popitem(last=False)
        return slot
