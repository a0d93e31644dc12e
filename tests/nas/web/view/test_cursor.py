"""Cursors come back as they went, and nothing else comes in."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas.errors import QueryError
from nas.web.view.cursor import MAX_LENGTH, Cursor, read_cursor
from nas.web.view.query import TableQuery
from tests.nas.web.view.rows import row, view_of

VALUES = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=100)


def written(*fields: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


@given(st.text(max_size=30), VALUES, st.integers(0, 2**63 - 1), st.booleans())
def test_a_cursor_comes_back_as_it_went(
    sort: str, value: float | str | None, number: int, is_backward: bool
) -> None:
    cursor = Cursor(sort, value, number, is_backward)
    assert read_cursor(str(cursor), sort) == cursor
    assert str(cursor).replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_what_no_page_came_with_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="cursor: expected one"):
        read_cursor(text, "-reward")


@pytest.mark.parametrize(
    "text",
    [
        written("-reward", 1.0, -1, False),
        written("-reward", 1.0, 2**63, False),
        written("-reward", 1.0, True, False),
        written("-reward", 1.0, 1.5, False),
        written("-reward", True, 1, False),
        written("-reward", [1.0], 1, False),
        written("-reward", 10**400, 1, False),
        written("-reward", 1.0, 1, 0),
        written("-reward", 1.0, 1),
        written("-reward", float("nan"), 1, False),
        written("-reward", float("inf"), 1, False),
        base64.urlsafe_b64encode(b'["-reward",' + b"[" * 1000 + b"]").decode(),
        written("-reward", "x" * MAX_LENGTH, 1, False),
        "=",
        "é",
    ],
    ids=str,
)
def test_what_only_looks_like_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="cursor: expected one that came with a page"):
        read_cursor(text, "-reward")


def test_a_cursor_of_another_sort_is_refused() -> None:
    with pytest.raises(QueryError, match="expected one of a page sorted by 'number', got one by '-reward'"):
        read_cursor(str(Cursor("-reward", 0.5, 1)), "number")


@pytest.mark.parametrize(("sort", "value"), [("worker", 1.0), ("reward", "host7"), ("canonical_key", 0.0)])
def test_a_value_of_another_kind_than_its_column_is_refused(sort: str, value: float | str) -> None:
    with pytest.raises(QueryError, match="begin with the first page"):
        view_of([row(0)]).table(TableQuery(sort=sort, cursor=str(Cursor(sort, value, 0))))


def test_a_text_that_no_trial_has_any_more_keeps_its_place() -> None:
    view = view_of([row(number, worker=worker) for number, worker in enumerate(["a", "b", "d", "e"])])
    behind = TableQuery(sort="worker", cursor=str(Cursor("worker", "c", 7)))
    in_front = TableQuery(sort="-worker", cursor=str(Cursor("-worker", "c", 7)))
    assert (view.table(behind).numbers, view.table(in_front).numbers) == ((2, 3), (1, 0))
