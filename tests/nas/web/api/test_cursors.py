"""Pages of any size join to the sorted whole, with and without entries that have no value, whatever is added."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.errors import QueryError
from nas.web.api.cursors import Key, page_of

Entry = tuple[float | None, int]
ENTRIES = st.lists(
    st.tuples(st.none() | st.sampled_from([0.0, 0.5, 1.0, -2.0]), st.integers(0, 50)),
    unique_by=lambda entry: entry[1],
    max_size=20,
)


def key(entry: Entry) -> Key:
    value, number = entry
    return value is None, value or 0.0, number


def ordered(entries: list[Entry], *, is_descending: bool) -> list[Entry]:
    sign = -1 if is_descending else 1
    return sorted(entries, key=lambda entry: (entry[0] is None, sign * (entry[0] or 0.0), sign * entry[1]))


@given(entries=ENTRIES, limit=st.integers(1, 7), sort=st.sampled_from(["reward", "-reward"]))
def test_pages_join_to_the_whole(entries: list[Entry], limit: int, sort: str) -> None:
    found: list[Entry] = []
    cursor: str | None = ""
    while cursor is not None:
        page, cursor = page_of(entries, key, sort=sort, cursor=cursor, limit=limit)
        found += page
    assert found == ordered(entries, is_descending=sort.startswith("-"))


@given(entries=ENTRIES, added=ENTRIES, limit=st.integers(1, 7))
def test_what_is_added_meanwhile_shifts_nothing(entries: list[Entry], added: list[Entry], limit: int) -> None:
    first, cursor = page_of(entries, key, sort="-reward", cursor="", limit=limit)
    more = [entry for entry in added if entry[1] not in {number for _, number in entries}]
    if cursor is None:
        return
    rest, _ = page_of([*entries, *more], key, sort="-reward", cursor=cursor, limit=100)
    assert not set(first) & set(rest)
    assert set(entries) <= {*first, *rest}


def cursor_of(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "abc",
        "%%%",
        "\u00e9",
        cursor_of("reward", False, "text", 3),
        cursor_of("reward", False, float("nan"), 3),
        cursor_of("reward", False, None, 3),
        cursor_of("reward", 0, 0.5, 3),
        cursor_of("reward", False, 0.5, "3"),
        cursor_of("-reward", False, 0.5, 3),
        cursor_of("reward", False, 0.5),
        base64.b64encode(b"[" * 100_000).decode(),
    ],
    ids=[f"cursor{number}" for number in range(11)],
)
def test_what_is_no_cursor_of_this_order(cursor: str) -> None:
    with pytest.raises(QueryError, match="cursor: expected"):
        page_of([(0.5, 1), (1.0, 2)], key, sort="reward", cursor=cursor, limit=1)
