"""Server-sent events (WHATWG HTML, section 9.2) of what a search has logged and how it stands. Each is under 1 KB."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nas.search.driven import is_driven
from nas.storage.contract import Storage
from nas.storage.records import LogEntry, LogKind, SearchRecord, TrialSummary

TEXT_BYTES = 400
"""Of a text, as JSON writes it: the rest of a message is numbers, and a name of at most 80 letters."""
HEARTBEAT = b":\n\n"
"""A comment: it keeps proxies from closing what is silent, and finds out that a client is gone."""

_OF_A_TRIAL = (
    "state",
    "origin",
    "reward",
    "parameters",
    "multiply_adds",
    "latency_ms",
    "train_seconds",
    "failure",
)


class Message(NamedTuple):
    """Something to send. Who has it goes on behind `place`: an event of a search, a version of the overview."""

    place: int
    data: bytes


def written(event: str, data: Mapping[str, object], event_id: int | None = None) -> bytes:
    """Returns an event as it is sent; JSON has no line ends in it, so the data is one line.

    >>> written("noted", {"text": "a\\nb"}, 7)
    b'id: 7\\nevent: noted\\ndata: {"text":"a\\\\nb"}\\n\\n'
    """
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    place = "" if event_id is None else f"id: {event_id}\n"
    return f"{place}event: {event}\ndata: {line}\n\n".encode()


def gap_message(first: int) -> Message:
    """Returns what is said where events before `first` are not kept any more, or were of another database."""
    return Message(first - 1, written("gap", {"first": first}, first - 1))


def entry_messages(storage: Storage, name: str, entries: Iterable[LogEntry]) -> list[Message]:
    """Returns the messages of log entries of one search; how the search stands is how it stands now.

    Raises `UnknownSearchError` where there is none of that name any more.
    """
    entries = list(entries)
    if not entries:
        return []
    record = storage.search(name)
    ended = {entry.number for entry in entries if entry.kind is LogKind.FINISHED and entry.number is not None}
    wanted = ended if record.best_number is None else ended | {record.best_number}
    trials = {trial.number: trial for trial in storage.summaries_of(record.search_id, sorted(wanted))}
    now = standing(record, trials)
    return [Message(entry.event_id, _entry(entry, trials, now)) for entry in entries]


def _entry(entry: LogEntry, trials: Mapping[int, TrialSummary], now: Mapping[str, object]) -> bytes:
    data: dict[str, object] = {
        "at": entry.at,
        "number": entry.number,
        "attempt": entry.attempt,
        "text": cut(entry.text),
    }
    trial = trials.get(entry.number) if entry.kind is LogKind.FINISHED and entry.number is not None else None
    if trial is not None:
        data |= {key: plain(getattr(trial, key)) for key in _OF_A_TRIAL}
        data["accuracy"] = plain(trial.validation_accuracy)
    return written(entry.kind.value, {**data, "search": now}, entry.event_id)


def standing(record: SearchRecord, trials: Mapping[int, TrialSummary]) -> dict[str, object]:
    """Returns how a search stands; `trials` has its best one."""
    best = trials.get(record.best_number) if record.best_number is not None else None
    return {
        "state": record.state.value,
        "held": record.held,
        "driven": is_driven(record),
        "created": record.created,
        "done": record.completed + record.failed,
        "failed": record.failed,
        "of": record.trial_budget,
        "best": plain(best.reward) if best else None,
        "best_number": record.best_number,
    }


def plain(value: object) -> object:
    """Returns a value as JSON can have it: a number that is none becomes nothing."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def cut(text: str) -> str:
    """Returns the beginning of a text that takes at most `TEXT_BYTES` in JSON.

    >>> len(cut("x" * 1000))
    400
    """
    if _size(text) <= TEXT_BYTES:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        fits, too_long = (middle, too_long) if _size(text[:middle]) < TEXT_BYTES - 2 else (fits, middle)
    return f"{text[:fits]}…"


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2
