"""What may enter a database, decided in one place: SQLite and PostgreSQL disagree about everything refused here.

SQLite turns NaN into NULL, PostgreSQL sorts it above infinity; a NUL character passes the one and not the other; half a
surrogate pair and whole numbers beyond 64 bits pass neither.
"""

import hashlib
import json
import math
from types import NoneType
from typing import Any

from nas.errors import StorageError

_COLUMN_TYPES = (int, float, str, bytes, NoneType)  # NumPy's whole numbers would land in SQLite as raw bytes

_CANONICAL = json.JSONEncoder(sort_keys=True, allow_nan=False, separators=(",", ":"))

ERROR_TEXT_LIMIT = 8_000
"""Characters of an error's text that are kept."""


def to_json(value: object) -> str:
    """Returns the one way to write `value`: keys sorted, no blanks, ASCII, every float exact.

    Raises `StorageError` for NaN and infinity, and for what is not JSON.
    """
    try:
        return _CANONICAL.encode(value)
    except (ValueError, TypeError) as error:
        raise StorageError(
            f"storage: expected finite numbers, texts, lists and tables, got {str(value)[:80]!r} ({error})"
        ) from error


def checked(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Returns `row`; raises `StorageError` where a value of it would not come back as it went in."""
    for column, value in row.items():
        if expected := _broken_rule(value):
            raise StorageError(f"{table}.{column}: expected {expected}, got {value!r}; nothing was stored")
    return row


def _broken_rule(value: object) -> str | None:
    if not isinstance(value, _COLUMN_TYPES):
        return "a plain number, text or bytes"
    if isinstance(value, float) and not math.isfinite(value):
        return "a finite number"
    if isinstance(value, int) and not fits(value):
        return "a whole number of at most 64 bits"
    return None


def fits(number: int) -> bool:
    """Returns whether a whole number is one of 64 bits: no other can be stored, or be asked for."""
    return -(2**63) <= number < 2**63


def storable_text(text: str) -> str:
    """Returns `text` with what databases cannot hold, NUL and lone surrogates, written as escapes."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def error_text_end(text: str) -> str:
    """Returns the end of an error's text, where a traceback says what happened."""
    return storable_text(text[-ERROR_TEXT_LIMIT:])


def finite_or_none(value: float | None) -> float | None:
    """Returns `value` unless it is NaN or infinite."""
    return value if value is not None and math.isfinite(value) else None


def sha256(state: bytes) -> str:
    """Returns the checksum that tells a state from one that was damaged on the way."""
    return hashlib.sha256(state).hexdigest()
