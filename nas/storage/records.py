"""The records of storage: what a search is, who drives it, what happened in it, what came of it.

Frozen values under the names that the tables give their columns (`nas.storage.models`). Those of trials are in
`nas.trial`; those of `nas.storage.result_records` and `nas.storage.service_records` are to be had from here, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from nas.storage.result_records import (
    ArchitectureRecord,
    ExportRecord,
    HistoryPoint,
    TestReading,
    TrainingRecord,
)
from nas.storage.service_records import (
    Answer,
    ApiToken,
    Command,
    CommandKind,
    Submission,
    SubmissionKind,
    SubmissionState,
    TokenScope,
)
from nas.trial import SavedTraining
from search_spaces.graph import Shape
from workers.job import EpochMetrics

__all__ = [
    "Answer",
    "ApiToken",
    "ArchitectureRecord",
    "AuditAction",
    "AuditRecord",
    "Checkpoint",
    "Command",
    "CommandKind",
    "ExportRecord",
    "HistoryPoint",
    "Lease",
    "LogEntry",
    "LogKind",
    "NewSearch",
    "SearchRecord",
    "SearchState",
    "Submission",
    "SubmissionKind",
    "SubmissionState",
    "TestReading",
    "TokenScope",
    "TrainingRecord",
    "TrialProgress",
    "TrialSummary",
    "WorkerRecord",
]


class SearchState(StrEnum):
    """What a search is doing. Only `RUNNING` has a lease."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewSearch:
    """A search made ready for the database. `config` is plain JSON without secrets; no number in it may be NaN."""

    name: str
    config: Mapping[str, object]
    space: str
    strategy: str
    dataset: str
    dataset_fingerprint: str
    image: Shape
    classes: int
    seed: int
    trial_budget: int | None
    time_budget_seconds: float | None
    space_fingerprint: str = ""
    """SHA-256 of what the space is once it is resolved: its decisions and their options, and its plugins' files."""


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """A search as it stands. The counters are kept by the database in the transactions that change them."""

    search_id: int
    name: str
    config: Mapping[str, object]
    space: str
    strategy: str
    dataset: str
    dataset_fingerprint: str
    image: Shape | None
    """Shape of one picture; None, like `classes`, for a search of schema 0001."""
    classes: int | None
    seed: int
    trial_budget: int | None
    """Trials of any end: one whose network was over the limit on latency, and never trained, is spent as well."""
    time_budget_seconds: float | None
    state: SearchState
    event: int
    """Number of the last ask or tell; see `nas.trial.Trial`."""
    created: int
    """Trials created; waiting and running = created - completed - failed."""
    completed: int
    failed: int
    spent_seconds: float
    """Wall time that drivers have spent on it, over all resumes."""
    best_number: int | None
    """The completed trial of highest reward, the earliest of equals."""
    created_at: float
    updated_at: float
    error_text: str = ""
    space_fingerprint: str = ""
    """Empty for a search of a schema before 0004."""
    epoch: int = 0
    """How often the lease was taken or given back."""
    owner: str | None = None
    """Who holds the lease; None unless running."""
    lease_age_seconds: float | None = field(default=None, compare=False)
    """Since it was last renewed, on the clock of the database."""
    held: bool = False
    """Its driver starts no new trials, or did not when it was killed; False once the lease is given back or taken."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to one search."""

    search_id: int
    epoch: int
    owner: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a strategy after `event`."""

    event: int
    state: bytes = field(repr=False)


class TrialSummary(NamedTuple):
    """A trial as the database has it, for those who look at very many: nothing is parsed. The fields are `Trial`'s."""

    number: int
    state: str
    architecture: str
    """JSON, as `Architecture.to_json` wrote it."""
    canonical_key: str
    origin: str
    repeat: int
    reward: float | None
    validation_accuracy: float | None
    parameters: int | None
    multiply_adds: int | None
    latency_ms: float | None
    train_seconds: float
    failure: str | None
    attempts: int
    worker: str
    log_probability: float | None
    policy_version: int | None
    told_event: int | None
    created_at: float
    started_at: float | None
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class TrialProgress:
    """What a driver has heard of a running trial since it last wrote: a row of the learning curve an epoch."""

    trial_id: int
    token: str
    worker: str
    epochs: tuple[EpochMetrics, ...] = ()
    saved: SavedTraining | None = None


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A worker of a search, as its driver last heard of it. Times are UTC epoch seconds."""

    worker: str
    """Host, process and device."""
    node: str = ""
    number: int | None = None
    """The trial that it trains."""
    memory_bytes: int = 0
    gpu_memory_bytes: int | None = None
    started_at: float = 0.0
    beat_at: float = 0.0
    is_gone: bool = False


class LogKind(StrEnum):
    """What is told of a search to whoever follows it."""

    CREATED = "created"
    TAKEN = "taken"
    """A driver took the lease; the text is its owner."""
    EXTENDED = "extended"
    RELEASED = "released"
    """The driver gave the lease back; the text is the state, and why."""
    STARTED = "started"
    FINISHED = "finished"
    REQUEUED = "requeued"
    """An attempt was lost, or is to be tried again; the text says why."""
    FENCED = "fenced"
    """A result of an attempt that was given up was thrown away."""
    NOTED = "noted"
    """The driver has something to say."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that happened in a search. `event_id` grows in the order in which things were written."""

    event_id: int
    kind: LogKind
    at: float
    number: int | None = None
    attempt: int | None = None
    text: str = ""


class AuditAction(StrEnum):
    """What is kept for the audit: all but the last three by the methods of `Storage` that do it."""

    CREATE = "create"
    EXTEND = "extend"
    ASK = "ask"
    """Something of the driver, as to stop."""
    TOKEN = "token"
    """A new token for the API."""
    REVOKE = "revoke"
    SUBMIT = "submit"
    """A process that a dashboard is to run."""
    CANCEL = "cancel"
    """Such a process, before it had begun."""
    TRAIN = "train"
    """A full training, which looked at the test part."""
    READ = "read"
    """Another look at the test part."""
    EXPORT = "export"
    LOGIN = "login"
    """Somebody signed in to the pages with a token, or failed to."""
    UPGRADE = "upgrade"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what, beside the steps of a search, which `LogEntry` tells: see `AuditAction`."""

    at: float
    actor: str
    """User and host, "me@host7"."""
    action: str
    """An `AuditAction`, or what another version of this product did."""
    search: str | None = None
    detail: str = ""
