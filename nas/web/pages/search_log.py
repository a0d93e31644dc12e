"""The log of a search as people read it: newest first, what happens with every trial only where it is asked for."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from nas.storage.contract import Storage
from nas.storage.owner import readable
from nas.storage.records import LogEntry, LogKind

LINES = 40
READ_AT_ONCE = 500
MOST_READ = 2_000
"""Entries that are looked through for one stretch."""
OF_TRIALS = frozenset({LogKind.STARTED, LogKind.FINISHED})

WORDS = {
    LogKind.CREATED: "created",
    LogKind.TAKEN: "driven",
    LogKind.EXTENDED: "extended",
    LogKind.RELEASED: "left",
    LogKind.STARTED: "started",
    LogKind.FINISHED: "ended",
    LogKind.REQUEUED: "again",
    LogKind.FENCED: "discarded",
    LogKind.NOTED: "note",
}
"""What a kind of entry is called on the page. `static/log.js` has the same."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """A stretch of the log."""

    entries: tuple[LogEntry, ...]
    older: int | None
    """Where the next stretch begins: entries with a smaller id; None where there is none."""
    with_trials: bool
    read_at: float

    def ago(self, entry: LogEntry) -> float:
        """Returns how many seconds ago an entry was written."""
        return max(0.0, self.read_at - entry.at)

    def word(self, entry: LogEntry) -> str:
        """Returns the kind of an entry as it is shown."""
        return WORDS[entry.kind]

    def sentence(self, entry: LogEntry) -> str:
        """Returns the text of an entry, with a driver as a person would look for it."""
        return readable(entry.text) if entry.kind is LogKind.TAKEN else entry.text


def log_page(storage: Storage, search_id: int, before: int | None, *, with_trials: bool) -> LogPage:
    """Returns the newest entries with a smaller id than `before`."""
    found: list[LogEntry] = []
    place = before
    for _ in range(MOST_READ // READ_AT_ONCE):
        at_once = LINES if with_trials else READ_AT_ONCE
        read = storage.newest_events(search_id, before=place, limit=at_once)
        found += _wanted(read, with_trials=with_trials)
        place = read[-1].event_id if len(read) == at_once else None
        if place is None or len(found) >= LINES:
            break
    if len(found) > LINES:
        place = found[LINES - 1].event_id
    return LogPage(tuple(found[:LINES]), place, with_trials, time.time())


def _wanted(entries: Iterable[LogEntry], *, with_trials: bool) -> list[LogEntry]:
    return [entry for entry in entries if with_trials or entry.kind not in OF_TRIALS]
