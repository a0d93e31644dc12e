"""A page of the table of trials: filtered, sorted by any column, found again by cursors."""

from collections.abc import Sequence

import numpy as np

from nas.web.view.answers import TablePage
from nas.web.view.columns import Columns, Integers
from nas.web.view.cursor import Cursor, read_cursor
from nas.web.view.filters import passing
from nas.web.view.order import Order, order_by
from nas.web.view.query import TableQuery
from nas.web.view.space import Meaning


def table_page(columns: Columns, decisions: Sequence[Meaning], query: TableQuery) -> TablePage:
    """Returns the page; raises `QueryError` for a cursor that is none of this sort, or an unknown operation."""
    order = order_by(columns, query.column, is_descending=query.is_descending)
    passed = np.flatnonzero(passing(columns, decisions, query))
    rows = passed[
        np.argsort(order.keys[passed], kind="stable")
    ]  # NaN last; equals stay in the order of numbers
    begin, end = _window(columns, order, rows, query)
    page = rows[begin:end]

    def cursor(row: int, *, is_backward: bool) -> str:
        return str(Cursor(query.sort, order.value(row), int(columns.numbers[row]), is_backward))

    return TablePage(
        numbers=tuple(columns.numbers[page].tolist()),
        count=len(rows),
        before=begin,
        next_cursor=cursor(int(page[-1]), is_backward=False) if len(page) and end < len(rows) else None,
        previous_cursor=cursor(int(page[0]), is_backward=True) if len(page) and begin > 0 else None,
    )


def _window(columns: Columns, order: Order, rows: Integers, query: TableQuery) -> tuple[int, int]:
    """Returns where in `rows`, which are in order, the page begins and ends."""
    begin = 0
    if query.cursor:
        cursor = read_cursor(query.cursor, query.sort)
        not_behind, in_front = _counts(columns, order, rows, cursor)
        begin = max(0, in_front - query.limit) if cursor.is_backward else not_behind
    return begin, min(begin + query.limit, len(rows))


def _counts(columns: Columns, order: Order, rows: Integers, cursor: Cursor) -> tuple[int, int]:
    """Returns how many of the rows stand in front of the cursor's trial or are it, and how many in front of it."""
    keys, numbers = order.keys[rows], columns.numbers[rows]
    key = order.key(cursor.value)
    if np.isnan(key):
        is_lower, is_equal = ~np.isnan(keys), np.isnan(keys)
    else:
        is_lower, is_equal = keys < key, keys == key
    in_front = int(np.count_nonzero(is_lower | (is_equal & (numbers < cursor.number))))
    return int(np.count_nonzero(is_lower | (is_equal & (numbers <= cursor.number)))), in_front
