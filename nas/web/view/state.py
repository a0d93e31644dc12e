"""What is known of a search at one moment, and how it is brought up to date from the database."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, TrialSummary
from nas.web.view.columns import Columns, Intake, no_trials
from nas.web.view.space import Meaning, meanings, space_of
from search_spaces.space import Space

TRIALS_AT_ONCE = 10_000
"""Read in one transaction at first: with more the collector of garbage takes longer than the database."""


class Mark(NamedTuple):
    """What moves whenever a trial or an update changes: nothing has to be read while it stands still."""

    search_id: int
    log: int
    """Id of the newest log entry: trials begin, end, and wait again."""
    event: int
    """Asks and tells: trials are added and told, the policy learns."""
    created: int


def read_mark(storage: Storage, record: SearchRecord) -> Mark:
    """Returns where the database stands with a search whose record has just been read."""
    return Mark(record.search_id, storage.last_event(record.search_id), record.event, record.created)


@dataclass(frozen=True)
class State:
    """The trials of a search as they were when, or soon after, the log had come to `mark.log`."""

    mark: Mark
    columns: Columns
    space: Space | None
    decisions: tuple[Meaning, ...]
    remembered: dict[Hashable, object] = field(default_factory=dict)
    """Answers that were computed from this state."""


class Follower:
    """One search, kept up to date. Not thread-safe. After an error it is of no use: what it took in may be half."""

    def __init__(self, record: SearchRecord) -> None:
        self._intake = Intake()
        space = space_of(record)
        nothing = Mark(record.search_id, log=-1, event=-1, created=0)
        self.state = State(nothing, no_trials(), space, meanings(space, ()))

    def follow(self, storage: Storage, mark: Mark) -> State:
        """Reads what is new and what may have changed; returns what is then known.

        `mark` has just been read. What is read behind it may be newer, and is then read once more the next time.
        """
        before = self.state
        if mark == before.mark:
            return before
        columns = before.columns
        for rows in _changed(storage, mark.search_id, columns):
            columns = self._intake.grown(columns, rows)
        most = tuple(columns.tokens.max(axis=0).tolist()) if len(columns.tokens) else ()
        self.state = State(mark, columns, before.space, meanings(before.space, most))
        return self.state

    def can_follow(self, mark: Mark) -> bool:
        """Whether the database still has what was read of it: not where it was put back to an older state."""
        known = self.state.mark
        return (
            mark.search_id == known.search_id
            and mark.log >= known.log
            and mark.event >= known.event
            and mark.created >= len(self.state.columns)
        )


def _changed(storage: Storage, search_id: int, columns: Columns) -> Iterator[list[TrialSummary]]:
    """Gives the trials that were not settled, then those that are new, by number."""
    unsettled = columns.unsettled.tolist()
    for first in range(0, len(unsettled), TRIALS_AT_ONCE):
        yield storage.summaries_of(search_id, unsettled[first : first + TRIALS_AT_ONCE])
    after = int(columns.numbers[-1]) if len(columns) else -1
    limit = TRIALS_AT_ONCE
    while rows := storage.summaries(search_id, after=after, limit=limit):
        yield rows
        after = rows[-1].number
        limit += limit // 2  # each time what is there already is copied
