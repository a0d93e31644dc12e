"""The contract of all storage: one search driven by one process, read by any number.

**One writer.** `acquire` hands out a lease with an epoch. Every write takes the lease and proves, in its own
transaction, that the epoch is still the newest; where another process took over, it raises
`SearchBusyError` and writes nothing.
**Records never change** once returned; a finished trial never changes in the database either (`TrialStateError`).
**Each method that writes is one transaction**: it has happened wholly or not at all, whatever dies. One whose answer
was lost on the way, because the database went away, is looked for before it is done again. More than one have
`finish_trial` where it refuses, which is kept afterwards, and, of those that read, `all_trials`, one for each page, and
`latest_checkpoint` where the newest is damaged.
**A database that is away, locked or full is waited for**, as long as `nas.storage.waiting.Waiting` allows.
Not thread-safe, but for `renew`, which may be called from any thread. Names and numbers that do not exist raise
`UnknownSearchError`.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from nas.storage.records import (
    Answer,
    ArchitectureRecord,
    AuditRecord,
    Checkpoint,
    ExportRecord,
    HistoryPoint,
    Lease,
    LogEntry,
    NewSearch,
    SearchRecord,
    SearchState,
    TestReading,
    TrainingRecord,
    TrialProgress,
    WorkerRecord,
)
from nas.storage.service_contract import ServiceStorage
from nas.trial import Attempt, Feedback, NewTrial, PolicyUpdate, SavedTraining, Trial, TrialState
from workers.job import EpochMetrics, FailureKind, Outcome


class Storage(ServiceStorage):
    """See the module's docstring. A context manager that closes itself."""

    # Searches

    @abstractmethod
    def create_search(self, search: NewSearch) -> SearchRecord:
        """Adds a search, and to the audit who did; raises `SearchExistsError` where the name is taken."""

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

        `owner` is that of `nas.storage.owner`. A lease that has run out, or whose owner was a process of this host that
        is gone, is taken over; otherwise `SearchBusyError` says who holds it and for how long.
        """

    @abstractmethod
    def renew(self, lease: Lease, *, seconds: float) -> None:
        """Prolongs the lease and adds the time since the last renewal to `spent_seconds`."""

    @abstractmethod
    def release(self, lease: Lease, state: SearchState, error_text: str = "") -> None:
        """Gives the lease back and leaves the search in `state`."""

    @abstractmethod
    def extend(
        self,
        lease: Lease,
        *,
        trial_budget: int | None,
        time_budget_seconds: float | None,
        answer: Answer | None = None,
    ) -> None:
        """Sets new budgets, for a command where there is an `answer`; who did is kept for the audit."""

    @abstractmethod
    def hold(self, lease: Lease, held: bool) -> None:
        """Sets `SearchRecord.held`, and notes it in the log; taking the lease or giving it back clears it.

        While it is set, no time is added to `spent_seconds`.
        """

    @abstractmethod
    def add_trials(
        self, lease: Lease, trials: Sequence[NewTrial], answer: Answer | None = None
    ) -> list[Trial]:
        """Records one `ask`: the next event, and its trials, waiting, with the next numbers.

        With an `answer` it is what a command asked for. Raises `UnknownSearchError` where that is answered already.
        """

    @abstractmethod
    def start_trial(self, lease: Lease, trial_id: int, token: str) -> Trial:
        """Waiting -> running, one attempt more, named by `token`, which the caller draws anew for each.

        It tells attempts at one trial apart, and is always used with that trial's id, so nothing checks that no
        attempt at another trial has the same: 128 random bits are enough, and an index of them would cost every start.
        """

    @abstractmethod
    def record_progress(
        self, lease: Lease, progress: Sequence[TrialProgress], workers: Sequence[WorkerRecord] = ()
    ) -> None:
        """Adds what was heard of running trials and their workers; a trial that `token` no longer runs is left out.

        A worker's row is that of its name; `is_gone` ends it.
        """

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

        `objectives` are all that the search maximises, the reward first; none where the reward is all. Its epochs go
        into its curve, a saved state is dropped. Raises `StaleAttemptError` where the outcome's token is not that of
        the running attempt, and keeps that such a result came: in the log, and of an attempt whose worker was lost or
        given up as its state (`AttemptState.FENCED`). That is a transaction of its own.
        """

    @abstractmethod
    def requeue_trial(self, lease: Lease, trial_id: int, failure: FailureKind, error_text: str = "") -> Trial:
        """Running -> waiting; the attempt ended with `failure`, which says what is counted: `CANCELLED` is not.

        The saved state of its last epoch stays.
        """

    @abstractmethod
    def record_tell(self, lease: Lease, trial_ids: Sequence[int], feedback: Feedback) -> int:
        """Records one `tell` of finished trials: the next event, which it returns, their baselines, the updates.

        In the history trials that are told together follow each other by number.
        """

    @abstractmethod
    def save_checkpoint(self, lease: Lease, state: bytes) -> None:
        """Keeps the strategy's state after the last event; older ones but the last three are dropped."""

    @abstractmethod
    def latest_checkpoint(self, search_id: int) -> Checkpoint | None:
        """Returns the newest checkpoint whose checksum is right."""

    @abstractmethod
    def damaged_checkpoints(self, search_id: int) -> list[int]:
        """Returns the events of those checkpoints whose checksum is wrong, newest first."""

    @abstractmethod
    def note(self, lease: Lease, text: str) -> None:
        """Adds a log entry `NOTED`."""

    @abstractmethod
    def answer_command(self, lease: Lease, command_id: int, answer: str) -> None:
        """Keeps what the driver made of a command."""

    # Reading

    @abstractmethod
    def saved_training(self, trial_id: int) -> SavedTraining | None:
        """Returns the last state of a trial's training that was saved and is sound."""

    @abstractmethod
    def attempts(self, search_id: int, number: int) -> list[Attempt]:
        """Returns the attempts at a trial, the first one first."""

    @abstractmethod
    def lost_workers(self, search_id: int) -> dict[str, int]:
        """Returns how many attempts at each architecture, by canonical key, ended with their worker's loss, if any."""

    @abstractmethod
    def epochs(self, search_id: int, number: int) -> tuple[EpochMetrics, ...]:
        """Returns the learning curve of a trial as far as it is known, running or finished."""

    @abstractmethod
    def workers(self, search_id: int) -> list[WorkerRecord]:
        """Returns the workers that are not gone, by name."""

    @abstractmethod
    def events(self, search_id: int, *, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        """Returns events with an id > `after`, by id; of very many the oldest are dropped."""

    @abstractmethod
    def history(self, search_id: int, points: int = 1000) -> list[HistoryPoint]:
        """Returns the rewards in the order of being told, in at most `points` stretches of equal length.

        Raises `ValueError` for fewer than one.
        """

    @abstractmethod
    def page(
        self, search_id: int, *, state: TrialState | None = None, before: int | None = None, limit: int = 50
    ) -> list[Trial]:
        """Returns the newest trials with number < `before`, newest first, of one state where it is named.

        Their learning curves are left out.
        """

    @abstractmethod
    def architectures(self, search_id: int, limit: int) -> list[ArchitectureRecord]:
        """Returns the architectures with a result, by mean reward over their trainings, best first."""

    @abstractmethod
    def architecture(self, search_id: int, canonical_key: str) -> ArchitectureRecord | None:
        """Returns what one architecture gave in a search; None without a result."""

    @abstractmethod
    def open_trials(self, search_id: int) -> list[Trial]:
        """Returns the trials that are not told yet, by number: what a resume has to do."""

    @abstractmethod
    def trials(
        self, search_id: int, *, after: int = -1, limit: int | None = None, curves: bool = True
    ) -> list[Trial]:
        """Returns trials with number > `after`, by number; without their learning curves unless `curves`."""

    def all_trials(self, search_id: int, *, at_once: int = 200) -> Iterator[Trial]:
        """Gives all trials, by number, without their learning curves, `at_once` in each transaction."""
        after = -1
        while found := self.trials(search_id, after=after, limit=at_once, curves=False):
            yield from found
            after = found[-1].number

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
    def updates(self, search_id: int, *, after: int = 0, limit: int | None = None) -> list[PolicyUpdate]:
        """Returns updates of the policy with version > `after`, by version."""

    # After the search

    @abstractmethod
    def add_reading(self, search_id: int, reading: TestReading) -> None:
        """Keeps that the test part was looked at, for the audit too; `save_training` does so by itself."""

    @abstractmethod
    def readings(self, search_id: int) -> list[TestReading]:
        """Returns the looks at the test part, oldest first."""

    @abstractmethod
    def add_audit(self, record: AuditRecord) -> None:
        """Keeps who did what."""

    @abstractmethod
    def audit(self, limit: int = 1000) -> list[AuditRecord]:
        """Returns the newest records, newest first."""

    @abstractmethod
    def save_training(self, search_id: int, training: TrainingRecord) -> None:
        """Keeps a full training with its weights."""

    @abstractmethod
    def trainings(self, search_id: int, *, weights: bool = False) -> list[TrainingRecord]:
        """Returns the full trainings, newest first, with their weights only where asked for."""

    @abstractmethod
    def save_export(self, search_id: int, export: ExportRecord) -> None:
        """Keeps where a network was handed over, for the audit too."""

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
