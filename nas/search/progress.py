"""What a search tells whoever watches it: one event whenever something happened, with the state of things beside it."""

from dataclasses import dataclass
from enum import StrEnum

from nas.trial import Trial


class EventKind(StrEnum):
    """What happened."""

    RESUMED = "resumed"
    STARTED = "started"
    FINISHED = "finished"
    REQUEUED = "requeued"
    NOTED = "noted"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a search stands."""

    trial_budget: int | None
    time_budget_seconds: float | None
    completed: int
    failed: int
    running: int
    best: Trial | None
    """The training of highest reward; where architectures are repeated, its mean may be another's."""
    entropy: float | None
    """Of the policy at its last update, in nats; None for a strategy without a policy."""
    spent_seconds: float
    """Wall time, over all resumes."""
    is_held: bool = False
    """Whether no new trials are started until somebody says so."""

    @property
    def finished(self) -> int:
        """Trials that have ended, one way or the other."""
        return self.completed + self.failed


@dataclass(frozen=True, slots=True)
class SearchEvent:
    """Something happened to `trial` (None: to the search as a whole); `note` says in words what numbers do not."""

    kind: EventKind
    progress: Progress
    trial: Trial | None = None
    note: str = ""
