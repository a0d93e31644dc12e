"""What all of `nas.storage.memory.InMemoryStorage` rests on: rows in lists, and the proof of a lease."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from nas.storage import log_rows, refusals
from nas.storage.contract import Storage
from nas.storage.records import AuditAction, Lease, LogKind
from nas.storage.rows import Row
from nas.trial import TrialState

LOCATION = "memory"


@dataclass
class Tables:
    """The row of one search and the rows that belong to it, in the order in which they arrived."""

    search: Row
    trials: list[Row] = field(default_factory=list)
    updates: list[Row] = field(default_factory=list)
    checkpoints: list[Row] = field(default_factory=list)
    workers: dict[str, Row] = field(default_factory=dict)
    architectures: dict[str, Row] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    history: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    commands: list[Row] = field(default_factory=list)
    readings: list[Row] = field(default_factory=list)
    trainings: list[Row] = field(default_factory=list)
    exports: list[Row] = field(default_factory=list)

    def log(
        self, kind: LogKind, text: str = "", *, number: int | None = None, attempt: int | None = None
    ) -> None:
        """Adds an entry to the log."""
        self.search["log"] += 1
        self.events.append(
            log_rows.event_row(
                self.search["search_id"],
                self.search["log"],
                kind,
                text,
                number=number,
                attempt=attempt,
            )
        )

    def log_trial(self, kind: LogKind, trial: Row, text: str = "") -> None:
        """Adds an entry about the last attempt at a trial."""
        self.log(kind, text, number=trial["number"], attempt=trial["attempts"])


@dataclass
class Training:
    """What is kept of one trial besides its row."""

    attempts: list[Row] = field(default_factory=list)
    epochs: dict[int, Row] = field(default_factory=dict)
    saved: Row | None = None


class MemoryBase(Storage):
    """Rows in lists. Every refusal comes before the first change, so each method happens wholly or not."""

    def __init__(self) -> None:
        self._searches: dict[int, Tables] = {}
        self._trials: dict[int, Row] = {}  # of all searches, by trial id
        self._training: dict[int, Training] = {}  # likewise
        self._audit: list[Row] = []
        self._tokens: list[Row] = []
        self._submissions: list[Row] = []  # number 1 first

    def close(self) -> None:
        """Keeps everything: the storage may be used again."""

    def _rows(self, search_id: int) -> Tables:
        """Returns the tables of a search, empty ones where there is no such search."""
        return self._searches.get(search_id) or Tables({})

    def _tables(self, search_id: int) -> Tables:
        if search_id not in self._searches:
            raise refusals.unknown_search_id(search_id, LOCATION)
        return self._searches[search_id]

    def _act(
        self, action: AuditAction, search: Tables | str | None, text: str = "", *, by: str | None = None
    ) -> None:
        """Keeps for the audit who does something now, to a search where it is one, which may not be there yet."""
        name = search.search["name"] if isinstance(search, Tables) else search
        self._audit.append(log_rows.act_row(action, name, text, uid="", by=by))

    @contextmanager
    def _fenced(self, lease: Lease) -> Iterator[Tables]:
        tables = self._tables(lease.search_id)
        if tables.search["epoch"] != lease.epoch:
            raise refusals.lease_lost(lease, tables.search["name"], tables.search["owner"])
        yield tables
        tables.search["updated_at"] = time.time()

    def _trial_row(self, search_id: int, number: int) -> Row:
        tables = self._tables(search_id)
        if not 0 <= number < len(tables.trials):
            raise refusals.unknown_trial(tables.search["name"], number, len(tables.trials))
        return tables.trials[number]

    def _trial_to_change(self, lease: Lease, trial_id: int, attempt: str, *states: TrialState) -> Row:
        """Returns the row of a trial; raises where it is in none of `states`, or told already."""
        trial = self._trial_of(lease, trial_id)
        told = trial["told_event"] is not None
        if trial["state"] not in states or told:
            raise refusals.trial_state(trial["number"], TrialState(trial["state"]), told, attempt)
        return trial

    def _trial_of(self, lease: Lease, trial_id: int) -> Row:
        trial = self._trials.get(trial_id)
        if trial is None or trial["search_id"] != lease.search_id:
            raise refusals.unknown_trial_id(lease, trial_id)
        return trial
