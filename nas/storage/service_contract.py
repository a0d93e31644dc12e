"""The part of the contract of storage that the service rests on: asking drivers, tokens, and processes to run.

None of it needs a lease. Each method that writes is one transaction, which happens once, and keeps for the audit who
asked for it; see `nas.storage.contract`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from nas.storage.records import (
    ApiToken,
    Command,
    CommandKind,
    LogEntry,
    Submission,
    SubmissionKind,
    SubmissionState,
    TokenScope,
    TrialSummary,
)
from nas.trial import PolicyUpdate


class ServiceStorage(ABC):
    """See the module's docstring."""

    # Looking at very much, very often

    @abstractmethod
    def summaries(self, search_id: int, *, after: int = -1, limit: int | None = None) -> list[TrialSummary]:
        """Returns trials with number > `after`, by number."""

    @abstractmethod
    def summaries_of(self, search_id: int, numbers: Sequence[int]) -> list[TrialSummary]:
        """Returns the trials of these numbers, by number; those that do not exist are left out."""

    @abstractmethod
    def children(self, search_id: int, number: int, *, limit: int = 100) -> list[int]:
        """Returns the numbers of the first trials that were made from this one; none where there is no such trial."""

    @abstractmethod
    def last_event(self, search_id: int) -> int:
        """Returns the id of the newest log entry; 0 without any."""

    @abstractmethod
    def newest_events(self, search_id: int, *, before: int | None = None, limit: int = 100) -> list[LogEntry]:
        """Returns the newest log entries with an id < `before`, newest first."""

    @abstractmethod
    def sampled_updates(self, search_id: int, points: int) -> list[PolicyUpdate]:
        """Returns at most `points` updates of the policy and the newest, by version: each second, each third, ..."""

    # Asking a running search

    @abstractmethod
    def add_command(
        self,
        search_id: int,
        kind: CommandKind,
        issued_by: str,
        arguments: Mapping[str, object] | None = None,
    ) -> Command:
        """Asks the driver for something. What the arguments say is the driver's to judge."""

    @abstractmethod
    def commands(self, search_id: int, *, unanswered: bool = False) -> list[Command]:
        """Returns the commands, oldest first."""

    # Tokens

    @abstractmethod
    def add_token(
        self,
        name: str,
        digest: str,
        scope: TokenScope,
        created_by: str,
        *,
        expires_at: float | None = None,
    ) -> ApiToken:
        """Keeps a new token; raises `TokenExistsError` where the name or the digest is taken, by a revoked one too."""

    @abstractmethod
    def tokens(self) -> list[ApiToken]:
        """Returns all tokens, the revoked ones too, oldest first."""

    @abstractmethod
    def revoke_token(self, name: str, by: str) -> ApiToken:
        """Ends a token for good; one that was revoked before stays as it is. Raises `UnknownTokenError`."""

    # Processes that a dashboard is to run. Numbers that do not exist raise `UnknownSubmissionError`.

    @abstractmethod
    def add_submission(
        self, kind: SubmissionKind, search: str, arguments: Mapping[str, object], submitted_by: str
    ) -> Submission:
        """Puts a process into the queue. What the arguments say is not looked at."""

    @abstractmethod
    def submission(self, submission_id: int) -> Submission:
        """Returns one submission."""

    @abstractmethod
    def submissions(
        self, *, state: SubmissionState | None = None, before: int | None = None, limit: int = 100
    ) -> list[Submission]:
        """Returns the newest submissions with an id < `before`, newest first, of one state where it is named."""

    @abstractmethod
    def claim_submission(self, runner: str, *, at_most: int) -> Submission | None:
        """Queued -> running: the oldest one, for `runner`, an owner string; None without any.

        None too where `at_most` are running, whoever runs them. No two runners ever get the same one, nor more than
        that together.
        """

    @abstractmethod
    def started_submission(self, submission_id: int, process: str) -> Submission:
        """Keeps which process, an owner string, was started for a running submission.

        Raises `SubmissionStateError` where it is not running.
        """

    @abstractmethod
    def adopt_submission(self, submission_id: int, runner: str) -> Submission:
        """Gives a running submission to another `runner`, where the one it had is a process of this host that is gone.

        Raises `SubmissionStateError` where it is not running, or its runner may be there.
        """

    @abstractmethod
    def end_submission(self, submission_id: int, exit_code: int | None, message: str) -> Submission:
        """Running -> ended. Raises `SubmissionStateError` where it is not running."""

    @abstractmethod
    def cancel_submission(self, submission_id: int, by: str) -> Submission:
        """Queued -> cancelled. Raises `SubmissionStateError` where it has begun."""
