"""Rows that people and programs beside the driver read and write: events, readings, audit, roll-ups.

See `nas.storage.rows`.
"""

import time
from collections.abc import Iterable
from dataclasses import fields
from itertools import groupby

from nas.storage.owner import actor
from nas.storage.records import (
    ArchitectureRecord,
    AuditAction,
    AuditRecord,
    HistoryPoint,
    LogEntry,
    LogKind,
    SearchState,
    TestReading,
)
from nas.storage.rows import AnyRow, Row
from nas.storage.values import checked, storable_text
from nas.trial import Trial
from workers.job import FailureKind

EVENTS_KEPT = 100_000
"""Of one search, at least; older ones are dropped when a checkpoint is kept."""
STRETCH = 100
"""Trials in a row of `nas_history`."""
EVENT_TEXT_LIMIT = 300

_EVENT_FIELDS, _AUDIT_FIELDS, _READING_FIELDS, _ARCHITECTURE_FIELDS = (
    tuple(field.name for field in fields(record))
    for record in (LogEntry, AuditRecord, TestReading, ArchitectureRecord)
)


# Events


def event_row(
    search_id: int,
    event_id: int,
    kind: LogKind,
    text: str = "",
    *,
    number: int | None = None,
    attempt: int | None = None,
) -> Row:
    """Returns the row of something that happens now."""
    return {
        "search_id": search_id,
        "event_id": event_id,
        "kind": kind.value,
        "at": time.time(),
        "number": number,
        "attempt": attempt,
        "text": text,
    }


def note_text(text: str) -> str:
    """Returns what an event tells: its beginning."""
    return storable_text(text[:EVENT_TEXT_LIMIT])


def failure_text(failure: FailureKind, error_text: str) -> str:
    """Returns what an event tells of a failure: its kind, and the last line of the error."""
    lines = error_text.strip().splitlines()
    return note_text(f"{failure}: {lines[-1]}" if lines else str(failure))


def end_text(trial: Trial) -> str:
    """Returns what an event tells of the end of a trial."""
    return failure_text(trial.failure, trial.error_text) if trial.failure else f"reward {trial.reward:.6g}"


def release_text(state: SearchState, error_text: str) -> str:
    """Returns what an event tells of a driver that gives its lease back."""
    end = error_text[-EVENT_TEXT_LIMIT // 2 :]
    cut = "…" if len(end) < len(error_text) else ""
    return note_text(f"{state}: {cut}{end}" if error_text else state.value)


def extend_text(trial_budget: int | None, time_budget_seconds: float | None) -> str:
    """Returns what an event tells of new budgets."""
    trials = "" if trial_budget is None else f"{trial_budget} trial{'s' * (trial_budget != 1)}"
    seconds = "" if time_budget_seconds is None else f"{time_budget_seconds:.12g} s"
    return " and ".join(filter(None, (trials, seconds))) or "no limit"


def held_text(held: bool) -> str:
    """Returns what an event tells of a driver that starts no new trials, or goes on."""
    return "held: no new trials are started" if held else "goes on"


def fenced_text(token: str) -> str:
    """Returns what an event tells of a result that came too late."""
    return note_text(f"a result of attempt {token!r}, which was given up, was thrown away")


def read_event(row: AnyRow) -> LogEntry:
    """Returns the record of a row of `nas_events`."""
    values = {column: row[column] for column in _EVENT_FIELDS}
    return LogEntry(**values | {"kind": LogKind(values["kind"])})


# Roll-ups


def told_row(search_id: int, place: int, reward: float | None) -> Row:
    """Returns what a trial adds to `nas_history` that `place` trials of its search were told before."""
    return {
        "search_id": search_id,
        "stretch": place // STRETCH,
        "rewarded": int(reward is not None),
        "best": reward,
        "reward_sum": reward or 0.0,
    }


def architecture_row(trial: Trial) -> Row:
    """Returns what a completed trial adds to `nas_architectures`."""
    return {
        "search_id": trial.search_id,
        "canonical_key": trial.canonical_key,
        "number": trial.number,
        "reward": trial.reward,
        "parameters": trial.parameters,
        "multiply_adds": trial.multiply_adds,
    }


def stretches_merged(told: int, points: int) -> int:
    """Returns how many stretches of 100 trials make one of at most `points`: 1, 2, 5, 10, 20, ...

    >>> stretches_merged(1_000_000, 1_000), stretches_merged(1_000_001, 1_000)
    (10, 20)
    """
    if points < 1:
        raise ValueError(f"history: expected 1 point or more, got {points}; ask for more")
    stretches, scale = -(-told // STRETCH), 1
    while True:
        for factor in (scale, 2 * scale, 5 * scale):
            if -(-stretches // factor) <= points:
                return factor
        scale *= 10


def updates_a_point(newest: int, points: int) -> int:
    """Returns of how many updates one is read where at most `points` are wanted of so many: 1, 2, 5, 10, 20, ..."""
    return stretches_merged(newest * STRETCH, points)


def merge_stretches(kept: Iterable[AnyRow], factor: int) -> list[HistoryPoint]:
    """Returns rows of `nas_history`, in order, `factor` of them in each point."""
    parts = groupby(kept, key=lambda row: row["stretch"] // factor)
    return [_history_point(part, factor, list(rows)) for part, rows in parts]


def _history_point(part: int, factor: int, kept: list[AnyRow]) -> HistoryPoint:
    rewarded = sum(row["rewarded"] for row in kept)
    return HistoryPoint(
        first_told=part * factor * STRETCH,
        trials=sum(row["trials"] for row in kept),
        best=max((row["best"] for row in kept if row["best"] is not None), default=None),
        mean=sum(row["reward_sum"] for row in kept) / rewarded if rewarded else None,
    )


def read_architecture(row: AnyRow) -> ArchitectureRecord:
    """Returns the record of a row of `nas_architectures`."""
    return ArchitectureRecord(**{column: row[column] for column in _ARCHITECTURE_FIELDS})


# Readings, audit


def reading_row(reading: TestReading, search_id: int, now: float, uid: str) -> Row:
    """Returns the row of a look at the test part, without its id."""
    values = {column: getattr(reading, column) for column in _READING_FIELDS}
    values |= {
        "search_id": search_id,
        "purpose": storable_text(reading.purpose),
        "dataset_fingerprint": storable_text(reading.dataset_fingerprint),
        "at": now,
        "uid": uid,
    }
    return checked("nas_test_readings", values)


def read_reading(row: AnyRow) -> TestReading:
    """Returns the record of a row of `nas_test_readings`."""
    return TestReading(**{column: row[column] for column in _READING_FIELDS})


def audit_row(record: AuditRecord, uid: str) -> Row:
    """Returns the row of what somebody did, without its id."""
    values = {
        column: storable_text(str(value)) if isinstance(value, str) else value
        for column in _AUDIT_FIELDS
        for value in [getattr(record, column)]
    }
    return checked("nas_audit", values | {"uid": uid})


def act_row(
    action: AuditAction, search: str | None, detail: str = "", *, uid: str, by: str | None = None
) -> Row:
    """Returns the row of what the user of this process, or another one, does now to a search."""
    return audit_row(AuditRecord(time.time(), by or actor(), action, search, detail), uid)


def read_audit(row: AnyRow) -> AuditRecord:
    """Returns the record of a row of `nas_audit`."""
    return AuditRecord(**{column: row[column] for column in _AUDIT_FIELDS})
