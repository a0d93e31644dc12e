"""Cursors: the trial that a page of the table begins behind, or ends in front of, by its value and number.

They stay right while trials come and change, as no place is counted. To others they are opaque.
"""

import base64
import json
from dataclasses import dataclass
from math import isfinite
from typing import Any

from nas.errors import QueryError
from nas.web.view.order import Value

MAX_LENGTH = 2000
MAX_NUMBER = 2**63


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins or, if it `is_backward`, ends: the trial itself is not on it."""

    sort: str
    value: Value
    number: int
    is_backward: bool = False

    def __str__(self) -> str:
        text = json.dumps([self.sort, self.value, self.number, self.is_backward], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, sort: str) -> Cursor:
    """Returns what `str` wrote; raises `QueryError` for what it did not write, or for another sort."""
    cursor = _parsed(text)
    if cursor is None:
        raise QueryError(
            f"cursor: expected one that came with a page, got {text[:40]!r}; begin with the first page"
        )
    if cursor.sort != sort:
        raise QueryError(
            f"cursor: expected one of a page sorted by {sort!r}, got one by {cursor.sort[:40]!r}; "
            "begin with the first page"
        )
    return cursor


def _parsed(text: str) -> Cursor | None:
    if len(text) > MAX_LENGTH:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        fields: Any = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None
    match fields:
        case [str(sort), value, int(number), bool(is_backward)] if _is_number(number) and _is_value(value):
            return Cursor(sort, value, number, is_backward)
    return None


def _is_number(number: int) -> bool:
    return not isinstance(number, bool) and 0 <= number < MAX_NUMBER


def _is_value(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return abs(value) < MAX_NUMBER
    return value is None or isinstance(value, str) or (isinstance(value, float) and isfinite(value))
