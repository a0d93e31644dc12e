"""Rows of what people and programs ask for: commands, tokens, submissions. See `nas.storage.rows`."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields

from nas.errors import StorageError
from nas.storage.names import check_name
from nas.storage.records import (
    ApiToken,
    Command,
    CommandKind,
    Submission,
    SubmissionKind,
    SubmissionState,
    TokenScope,
    TrialSummary,
)
from nas.storage.rows import AnyRow, Row
from nas.storage.values import checked, error_text_end, storable_text, to_json

ACT_TEXT_LIMIT = 300
"""Characters of what was asked for that the audit has; the rest is with the command or the submission."""

_COMMAND_FIELDS, _TOKEN_FIELDS, _SUBMISSION_FIELDS = (
    tuple(field.name for field in fields(record)) for record in (Command, ApiToken, Submission)
)
SUMMARY_FIELDS = TrialSummary._fields


def asked_text(kind: str, arguments: Mapping[str, object]) -> str:
    """Returns what the audit tells of a request."""
    return f"{kind} {to_json(arguments)}"[:ACT_TEXT_LIMIT] if arguments else str(kind)


# Commands


def command_row(
    search_id: int, kind: CommandKind, issued_by: str, arguments: Mapping[str, object], now: float, uid: str
) -> Row:
    """Returns the row of a command that waits for its answer, without its id."""
    return checked(
        "nas_commands",
        {
            "search_id": search_id,
            "kind": kind.value,
            "issued_by": storable_text(issued_by),
            "issued_at": now,
            "arguments": to_json(arguments),
            "uid": uid,
        },
    )


def read_command(row: AnyRow) -> Command:
    """Returns the record of a row of `nas_commands`."""
    values = {column: row[column] for column in _COMMAND_FIELDS}
    parsed = {"kind": CommandKind(values["kind"]), "arguments": json.loads(values["arguments"])}
    return Command(**values | parsed)


# Tokens


def token_row(
    name: str,
    digest: str,
    scope: TokenScope,
    created_by: str,
    now: float,
    expires_at: float | None,
    uid: str,
) -> Row:
    """Returns the row of a new token, without its id; raises `StorageError` where `digest` is no SHA-256."""
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise StorageError(
            f"token {name!r}: expected the SHA-256 of a token in 64 hexadecimal digits, got {len(digest)} characters "
            "of another kind; nothing was stored"
        )
    return checked(
        "nas_tokens",
        {
            "name": check_name(name),
            "digest": digest,
            "scope": scope.value,
            "created_by": storable_text(created_by),
            "created_at": now,
            "expires_at": expires_at,
            "uid": uid,
        },
    )


def token_text(name: str, scope: TokenScope) -> str:
    """Returns what the audit tells of a new token."""
    return f"token {name!r} to {scope}"


def revoked_text(name: str) -> str:
    """Returns what the audit tells of a token's end."""
    return f"token {name!r}"


def read_token(row: AnyRow) -> ApiToken:
    """Returns the record of a row of `nas_tokens`."""
    values = {column: row[column] for column in _TOKEN_FIELDS}
    return ApiToken(**values | {"scope": TokenScope(values["scope"])})


# Submissions


def submission_row(
    kind: SubmissionKind,
    search: str,
    arguments: Mapping[str, object],
    submitted_by: str,
    now: float,
    uid: str,
) -> Row:
    """Returns the row of a submission that waits for a runner, without its id."""
    return checked(
        "nas_submissions",
        {
            "kind": kind.value,
            "search": check_name(search),
            "arguments": to_json(arguments),
            "state": SubmissionState.QUEUED.value,
            "submitted_by": storable_text(submitted_by),
            "submitted_at": now,
            "runner": "",
            "process": "",
            "message": "",
            "uid": uid,
        },
    )


def submitted_text(submission_id: int, kind: str) -> str:
    """Returns what the audit tells of a submission; its arguments are in its row."""
    return f"{kind}, submission {submission_id}"


def end_row(exit_code: int | None, message: str, now: float) -> Row:
    """Returns the columns that the end of a submission fills."""
    return checked(
        "nas_submissions",
        {
            "state": SubmissionState.ENDED.value,
            "exit_code": exit_code,
            "message": error_text_end(message),
            "ended_at": now,
        },
    )


def read_submission(row: AnyRow) -> Submission:
    """Returns the record of a row of `nas_submissions`."""
    values = {column: row[column] for column in _SUBMISSION_FIELDS}
    parsed = {
        "kind": SubmissionKind(values["kind"]),
        "state": SubmissionState(values["state"]),
        "arguments": json.loads(values["arguments"]),
    }
    return Submission(**values | parsed)
