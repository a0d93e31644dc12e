"""Cursors: where a page ended, by the value that a list is sorted by and the id of its last entry.

Opaque to whoever holds one, and worth nothing for another order. What was added meanwhile shifts no page.
"""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from nas.errors import QueryError

One = TypeVar("One")
Key = tuple[bool, Any, int]
"""Whether there is no value, the value, and the id: what a list is ordered by."""


def page_of(
    entries: Sequence[One], key: Callable[[One], Key], *, sort: str, cursor: str, limit: int
) -> tuple[list[One], str | None]:
    """Returns the entries behind the cursor in the order of `sort`, whose "-" turns it, and the next cursor.

    Entries without a value stand last in either order, and equal ones are ordered by their ids, which turn with it.
    """
    is_descending = sort.startswith("-")
    ordered = sorted(entries, key=key, reverse=is_descending)
    ordered.sort(key=lambda entry: key(entry)[0])
    start = 0
    if cursor:
        last = _read(cursor, sort)
        try:
            start = sum(not _is_behind(key(entry), last, is_descending=is_descending) for entry in ordered)
        except TypeError as error:  # text where the order is of numbers, or the other way round
            raise _refused() from error
    found = ordered[start : start + limit]
    has_more = start + limit < len(ordered)
    return found, _written(sort, key(found[-1])) if has_more else None


def _is_behind(key: Key, last: Key, *, is_descending: bool) -> bool:
    if key[0] != last[0]:
        return key[0]
    return key[1:] < last[1:] if is_descending else key[1:] > last[1:]


def _written(sort: str, key: Key) -> str:
    text = json.dumps([sort, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, sort: str) -> Key:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        of_sort, is_missing, value, number = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise _refused() from error
    is_key = isinstance(is_missing, bool) and type(number) is int
    if of_sort != sort or not is_key or not isinstance(value, str | int | float) or value != value:
        raise _refused()
    return is_missing, value, number


def _refused() -> QueryError:
    return QueryError(
        "cursor: expected the `next` of a page that was sorted the same way, got something else; "
        "leave it out to begin with the first page"
    )
