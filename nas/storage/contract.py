"""The contract of all storage: one search driven by one process, read by any number.

**One writer.** `acquire` hands out a lease with an epoch. Every write takes the lease and proves, in its own
transaction, that the epoch is still the newest; where another process took over, it raises
`SearchBusyError` and writes nothing.
**Records never change** once returned; a finished trial never changes in the database either (`TrialStateError`).
**Each method is one transaction**: it has happened wholly or not at all, whatever dies.
Not thread-safe. Names and numbers that do not exist raise `UnknownSearchError`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

from nas.trial import Feedback, NewTrial, PolicyUpdate, Trial
from search_spaces.graph import Shape
from workers.job import FailureKind, Outcome


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


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """A full training of one architecture. Weights are safetensors; the test part was read once, for `test_correct`."""

    number: int
    """The trial whose architecture was trained."""
    seed: int
    recipe: Mapping[str, object]
    test_correct: int
    test_total: int
    train_images: int
    train_seconds: float
    parameters: int
    multiply_adds: int
    device: str
    versions: Mapping[str, str]
    """Package name -> version of what trained it."""
    weights: bytes = field(default=b"", repr=False)
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """Where a network was handed over."""

    number: int
    directory: str
    created_at: float = 0.0


class Storage(ABC):
    """See the module's docstring. A context manager that closes itself."""

    # Searches

    @abstractmethod
    def create_search(self, search: NewSearch) -> SearchRecord:
        """Adds a search; raises `SearchExistsError` where the name is taken."""

    @abstractmethod
    def search(self, name: str) -> SearchRecord:
        """Returns the search of that name; the error names the nearest known ones."""

    @abstractmethod
    def searches(self) -> list[SearchRecord]:
        """Returns all searches, newest first."""

    # Driving one search

    @abstractmethod
    def acquire(self, search_id: int, owner: str, *, seconds: float) -> Lease:
        """Takes the lease for `seconds` and sets the state to running.

        `owner` is "host:pid:start-time". A lease that has run out, or whose owner is a process of this host that is
        gone, is taken over; otherwise `SearchBusyError` says who holds it and for how long.
        """

    @abstractmethod
    def renew(self, lease: Lease, *, seconds: float) -> None:
        """Prolongs the lease and adds the time since the last renewal to `spent_seconds`."""

    @abstractmethod
    def release(self, lease: Lease, state: SearchState, error_text: str = "") -> None:
        """Gives the lease back and leaves the search in `state`."""

    @abstractmethod
    def extend(self, lease: Lease, *, trial_budget: int | None, time_budget_seconds: float | None) -> None:
        """Sets new budgets."""

    @abstractmethod
    def add_trials(self, lease: Lease, trials: Sequence[NewTrial]) -> list[Trial]:
        """Records one `ask`: the next event, and its trials, waiting, with the next numbers."""

    @abstractmethod
    def start_trial(self, lease: Lease, trial_id: int) -> None:
        """Waiting -> running, one attempt more."""

    @abstractmethod
    def finish_trial(
        self,
        lease: Lease,
        trial_id: int,
        outcome: Outcome,
        reward: float | None,
        objectives: Sequence[float] = (),
    ) -> Trial:
        """Running -> completed with its reward, or failed with its reason; not yet told to the strategy.

        `objectives` are all that the search maximises, the reward first; none where the reward is all.
        """

    @abstractmethod
    def requeue_trial(self, lease: Lease, trial_id: int, *, infrastructure_failure: bool) -> None:
        """Running -> waiting: the worker was lost (counted) or the search was stopped (not counted)."""

    @abstractmethod
    def record_tell(self, lease: Lease, trial_ids: Sequence[int], feedback: Feedback) -> int:
        """Records one `tell` of finished trials: the next event, which it returns, their baselines, the updates."""

    @abstractmethod
    def save_checkpoint(self, lease: Lease, state: bytes) -> None:
        """Keeps the strategy's state after the last event; older ones but the last three are dropped."""

    @abstractmethod
    def latest_checkpoint(self, search_id: int) -> Checkpoint | None:
        """Returns the newest checkpoint whose checksum is right."""

    # Reading

    @abstractmethod
    def trials(self, search_id: int, *, after: int = -1, limit: int | None = None) -> list[Trial]:
        """Returns trials with number > `after`, by number."""

    @abstractmethod
    def trial(self, search_id: int, number: int) -> Trial:
        """Returns one trial."""

    @abstractmethod
    def leaderboard(self, search_id: int, limit: int) -> list[Trial]:
        """Returns completed trials by reward, best first, the earlier of equals first."""

    @abstractmethod
    def failures(self, search_id: int) -> dict[FailureKind, int]:
        """Returns how many trials failed of each kind, kinds that none failed of left out."""

    @abstractmethod
    def updates(self, search_id: int) -> list[PolicyUpdate]:
        """Returns all updates of the policy, by version."""

    # After the search

    @abstractmethod
    def save_training(self, search_id: int, training: TrainingRecord) -> None:
        """Keeps a full training with its weights."""

    @abstractmethod
    def trainings(self, search_id: int, *, weights: bool = False) -> list[TrainingRecord]:
        """Returns the full trainings, newest first, with their weights only where asked for."""

    @abstractmethod
    def save_export(self, search_id: int, export: ExportRecord) -> None:
        """Keeps where a network was handed over."""

    @abstractmethod
    def exports(self, search_id: int) -> list[ExportRecord]:
        """Returns the hand-overs, newest first."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of the database. May be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
