"""The records of the service: what people and programs ask for, and by what right.

Frozen values under the names that the tables give their columns; also to be had from `nas.storage.records`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class CommandKind(StrEnum):
    """What somebody may ask of the driver of a search; in brackets the arguments."""

    STOP = "stop"
    """As Ctrl-C does: the search is paused and can be resumed."""
    PAUSE = "pause"
    """No new trials are started; the driver stays, and those in training go on."""
    RESUME = "resume"
    """Ends a pause."""
    WORKERS = "workers"
    """Another number of workers (`count`)."""
    BUDGET = "budget"
    """New budgets (`trials` and `time` in seconds; null for none)."""
    ADD = "add"
    """A trial of an architecture of somebody's own (`architecture`, as `Architecture.to_json` writes it)."""
    RETRY = "retry"
    """A failed trial once more, as a new one (`number`)."""


class Answer(NamedTuple):
    """What came of a command, to be kept in the transaction of what is done for it: both have happened, or neither."""

    command_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A request to the driver of a search. It stays, with its answer: who asked for what, when, what came of it."""

    command_id: int
    kind: CommandKind
    issued_by: str
    issued_at: float
    answer: str | None = None
    """None until the driver has dealt with it."""
    answered_at: float | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    """Plain JSON; see `CommandKind`."""


class TokenScope(StrEnum):
    """What the holder of a token may do; WRITE includes READ."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A right to use the API. The token itself is shown once, to whoever made it, and kept nowhere."""

    token_id: int
    name: str
    """Of one token alone, for good, so that the audit says which one it was."""
    digest: str = field(repr=False)
    """SHA-256 of the token, in hexadecimal digits."""
    scope: TokenScope
    created_by: str
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None

    def is_live(self, now: float) -> bool:
        """Returns whether the token still gives a right."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class SubmissionKind(StrEnum):
    """What a dashboard runs a process for; in brackets the arguments."""

    SEARCH = "search"
    """A new search (its configuration, as nested tables)."""
    RESUME = "resume"
    """One that goes on (`trials` and `time`, where they are to be others)."""
    EXPORT = "export"
    """A network handed over (`number`, null for the best)."""


class SubmissionState(StrEnum):
    """Queued -> running -> ended, or queued -> cancelled."""

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the submission can never change again."""
        return self in (SubmissionState.ENDED, SubmissionState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Submission:
    """A process that somebody wants to have run by a dashboard. Times are UTC epoch seconds."""

    submission_id: int
    kind: SubmissionKind
    search: str
    """Its name; of a new one the name that it is to have."""
    arguments: Mapping[str, object]
    """Plain JSON; see `SubmissionKind`."""
    state: SubmissionState
    submitted_by: str
    submitted_at: float
    started_at: float | None = None
    ended_at: float | None = None
    runner: str = ""
    """The dashboard that runs it, as `nas.storage.owner` names processes; empty until one does."""
    process: str = ""
    """The process that was started for it, likewise."""
    exit_code: int | None = None
    """None until it has ended, and where nobody saw how."""
    message: str = ""
    """What its end was, in a line."""
