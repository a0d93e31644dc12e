"""What the service rests on, in memory: much looked at, commands, tokens, submissions."""
# ruff: noqa: D102 - the contract says what each method does

import time
from collections.abc import Mapping, Sequence

from nas.storage import log_rows, refusals, rows, service_rows
from nas.storage.memory_base import MemoryBase
from nas.storage.owner import may_take_over
from nas.storage.records import (
    ApiToken,
    AuditAction,
    Command,
    CommandKind,
    LogEntry,
    Submission,
    SubmissionKind,
    SubmissionState,
    TokenScope,
    TrialSummary,
)
from nas.storage.rows import Row
from nas.storage.values import storable_text
from nas.trial import PolicyUpdate


class MemoryService(MemoryBase):
    """The methods of `nas.storage.service_contract`."""

    # Looking at very much, very often

    def summaries(self, search_id: int, *, after: int = -1, limit: int | None = None) -> list[TrialSummary]:
        following = self._rows(search_id).trials[max(after + 1, 0) :]  # numbers are positions
        return [_summary(row) for row in following[:limit]]

    def summaries_of(self, search_id: int, numbers: Sequence[int]) -> list[TrialSummary]:
        trials = self._rows(search_id).trials
        return [_summary(trials[number]) for number in sorted(set(numbers)) if 0 <= number < len(trials)]

    def children(self, search_id: int, number: int, *, limit: int = 100) -> list[int]:
        trials = self._rows(search_id).trials
        return [row["number"] for row in trials if row["parent"] == number][:limit]

    def last_event(self, search_id: int) -> int:
        last: int = self._rows(search_id).search.get("log", 0)
        return last

    def newest_events(self, search_id: int, *, before: int | None = None, limit: int = 100) -> list[LogEntry]:
        newest_first = reversed(self._rows(search_id).events)
        older = [row for row in newest_first if before is None or row["event_id"] < before]
        return [log_rows.read_event(row) for row in older[:limit]]

    def sampled_updates(self, search_id: int, points: int) -> list[PolicyUpdate]:
        by_version = sorted(self._rows(search_id).updates, key=lambda row: row["version"])
        newest = by_version[-1]["version"] if by_version else 0
        step = log_rows.updates_a_point(newest, points)
        sample = [row for row in by_version if row["version"] % step == 0 or row["version"] == newest]
        return [rows.read_update(row) for row in sample]

    # Asking a running search

    def add_command(
        self,
        search_id: int,
        kind: CommandKind,
        issued_by: str,
        arguments: Mapping[str, object] | None = None,
    ) -> Command:
        tables = self._tables(search_id)
        asked = arguments or {}
        row = service_rows.command_row(search_id, kind, issued_by, asked, time.time(), uid="")
        row |= {"command_id": self._next_command, "answer": None, "answered_at": None}
        tables.commands.append(row)
        self._act(AuditAction.ASK, tables, service_rows.asked_text(kind, asked), by=issued_by)
        return service_rows.read_command(row)

    @property
    def _next_command(self) -> int:
        return 1 + sum(len(tables.commands) for tables in self._searches.values())

    def commands(self, search_id: int, *, unanswered: bool = False) -> list[Command]:
        asked = [service_rows.read_command(row) for row in self._rows(search_id).commands]
        return [command for command in asked if not unanswered or command.answer is None]

    # Tokens

    def add_token(
        self,
        name: str,
        digest: str,
        scope: TokenScope,
        created_by: str,
        *,
        expires_at: float | None = None,
    ) -> ApiToken:
        row = service_rows.token_row(name, digest, scope, created_by, time.time(), expires_at, uid="")
        if any(name == kept["name"] or digest == kept["digest"] for kept in self._tokens):
            raise refusals.token_exists(name)
        row |= {"token_id": len(self._tokens) + 1, "revoked_at": None}
        self._tokens.append(row)
        self._act(AuditAction.TOKEN, None, service_rows.token_text(name, scope), by=created_by)
        return service_rows.read_token(row)

    def tokens(self) -> list[ApiToken]:
        return [service_rows.read_token(row) for row in self._tokens]

    def revoke_token(self, name: str, by: str) -> ApiToken:
        by_name = {row["name"]: row for row in self._tokens}
        if name not in by_name:
            raise refusals.unknown_token(name, by_name)
        row = by_name[name]
        if row["revoked_at"] is None:
            row["revoked_at"] = time.time()
            self._act(AuditAction.REVOKE, None, service_rows.revoked_text(name), by=by)
        return service_rows.read_token(row)

    # Processes that a dashboard is to run

    def add_submission(
        self, kind: SubmissionKind, search: str, arguments: Mapping[str, object], submitted_by: str
    ) -> Submission:
        row = service_rows.submission_row(kind, search, arguments, submitted_by, time.time(), uid="")
        row |= {"submission_id": len(self._submissions) + 1}
        row |= dict.fromkeys(("started_at", "ended_at", "exit_code"))
        self._submissions.append(row)
        text = service_rows.submitted_text(row["submission_id"], kind)
        self._act(AuditAction.SUBMIT, search, text, by=submitted_by)
        return service_rows.read_submission(row)

    def submission(self, submission_id: int) -> Submission:
        return service_rows.read_submission(self._submission_row(submission_id))

    def submissions(
        self, *, state: SubmissionState | None = None, before: int | None = None, limit: int = 100
    ) -> list[Submission]:
        older = self._submissions if before is None else self._submissions[: max(before - 1, 0)]
        wanted = [row for row in reversed(older) if state is None or row["state"] == state]
        return [service_rows.read_submission(row) for row in wanted[:limit]]

    def claim_submission(self, runner: str, *, at_most: int) -> Submission | None:
        running = sum(row["state"] == SubmissionState.RUNNING for row in self._submissions)
        queued = next((row for row in self._submissions if row["state"] == SubmissionState.QUEUED), None)
        if queued is None or running >= at_most:
            return None
        queued.update(state=SubmissionState.RUNNING.value, runner=runner, started_at=time.time())
        return service_rows.read_submission(queued)

    def started_submission(self, submission_id: int, process: str) -> Submission:
        row = self._submission_in(submission_id, SubmissionState.RUNNING, "started")
        row["process"] = storable_text(process)
        return service_rows.read_submission(row)

    def adopt_submission(self, submission_id: int, runner: str) -> Submission:
        row = self._submission_in(submission_id, SubmissionState.RUNNING, "adopted")
        if not may_take_over(runner, row["runner"]):
            raise refusals.submission_kept(service_rows.read_submission(row))
        row["runner"] = runner
        return service_rows.read_submission(row)

    def end_submission(self, submission_id: int, exit_code: int | None, message: str) -> Submission:
        end = service_rows.end_row(exit_code, message, time.time())
        row = self._submission_in(submission_id, SubmissionState.RUNNING, "ended")
        row.update(end)
        return service_rows.read_submission(row)

    def cancel_submission(self, submission_id: int, by: str) -> Submission:
        row = self._submission_in(submission_id, SubmissionState.QUEUED, "cancelled")
        row.update(state=SubmissionState.CANCELLED.value, ended_at=time.time())
        text = service_rows.submitted_text(submission_id, row["kind"])
        self._act(AuditAction.CANCEL, row["search"], text, by=by)
        return service_rows.read_submission(row)

    def _submission_in(self, submission_id: int, state: SubmissionState, change: str) -> Row:
        row = self._submission_row(submission_id)
        if row["state"] != state:
            raise refusals.submission_state(service_rows.read_submission(row), change)
        return row

    def _submission_row(self, submission_id: int) -> Row:
        if not 1 <= submission_id <= len(self._submissions):
            raise refusals.unknown_submission(submission_id)
        return self._submissions[submission_id - 1]


def _summary(row: Row) -> TrialSummary:
    return TrialSummary(*(row[column] for column in service_rows.SUMMARY_FIELDS))
