"""How every search stands, for those who follow the list: one line a search, sent again when it has changed."""

import threading

from nas.search.driven import is_driven
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.web.live.clients import Crowd
from nas.web.live.messages import Message, standing, written

MOST_SEARCHES = 500
"""Whose lines a client is given when it comes: the newest. Of older ones it hears when they change."""


class Overview:
    """Filled by the follower, read by the connections of clients.

    Places count changes, from 1, in this process alone: a client that comes again is given all lines anew.
    """

    def __init__(self) -> None:
        self.crowd = Crowd()
        self.is_over = False
        self._changes = 0
        self._seen: dict[int, tuple[object, ...]] = {}
        self._lines: dict[int, Message] = {}
        self._lock = threading.Lock()

    def look(self, storage: Storage) -> None:
        """Takes in what has changed, and wakes the clients where something has."""
        records = storage.searches()
        changed = [
            record for record in reversed(records) if self._seen.get(record.search_id) != _view(record)
        ]
        lines = [(record, _line(storage, record)) for record in changed]
        known = {record.search_id for record in records}
        with self._lock:
            for gone in self._lines.keys() - known:
                del self._lines[gone], self._seen[gone]
            for record, line in lines:
                self._changes += 1
                self._seen[record.search_id] = _view(record)
                self._lines[record.search_id] = Message(self._changes, line)
        if changed:
            self.crowd.wake()

    def behind(self, place: int) -> list[Message]:
        """Returns the lines that have changed since, in that order."""
        with self._lock:
            newest = sorted(message for message in self._lines.values() if message.place > place)
        return newest if place else newest[-MOST_SEARCHES:]


def _view(record: SearchRecord) -> tuple[object, ...]:
    """Returns what a line shows of a search: where that differs, it is sent again."""
    counters = (record.created, record.completed, record.failed, record.best_number, record.trial_budget)
    return (record.name, record.state, record.held, is_driven(record), *counters)


def _line(storage: Storage, record: SearchRecord) -> bytes:
    best = [] if record.best_number is None else [record.best_number]
    trials = {trial.number: trial for trial in storage.summaries_of(record.search_id, best)} if best else {}
    return written("search", {"name": record.name, **standing(record, trials)})
