"""The order of the table: every column as numbers, and the place of a value that a cursor brings back."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nas.errors import QueryError
from nas.web.view.columns import ABSENT, CODED, Columns, Floats

Value = float | str | None
"""Of a column, as a cursor has it: None where a trial has none."""


@dataclass(frozen=True, slots=True)
class Order:
    """A column to sort by: a number a trial, ascending, NaN where the trial has no value."""

    column: str
    keys: Floats
    sign: int
    """-1 where the highest come first."""
    texts: Sequence[str] | None = None
    """What the numbers, without their sign, are places in; None for a column of numbers."""

    def value(self, row: int) -> Value:
        """Returns the trial's value, as a cursor keeps it."""
        key = self.keys[row] * self.sign
        if np.isnan(key):
            return None
        return float(key) if self.texts is None else self.texts[int(key)]

    def key(self, value: Value) -> float:
        """Returns the number of a value; between those of its neighbours for a text that is not there any more."""
        if value is None:
            return np.nan
        if self.texts is None:
            return self.sign * _number(self.column, value)
        if not isinstance(value, str):
            raise QueryError(
                f"cursor: expected a text of {self.column}, got a number; begin with the first page"
            )
        place = bisect_left(self.texts, value)
        is_there = place < len(self.texts) and self.texts[place] == value
        return self.sign * (place if is_there else place - 0.5)


def order_by(columns: Columns, column: str, *, is_descending: bool) -> Order:
    """Returns the order by a column of `query.NUMBERS` or `query.TEXTS`."""
    sign = -1 if is_descending else 1
    if column in CODED:
        texts, places = _sorted_names(columns.names[column])
        return Order(column, sign * places[columns.codes[column]], sign, texts)
    if column == "canonical_key":
        keys, inverse = np.unique(columns.keys, return_inverse=True)
        return Order(column, sign * inverse.astype(np.float64), sign, [key.decode() for key in keys.tolist()])
    return Order(column, sign * columns.values[column], sign)


def _sorted_names(names: Sequence[str]) -> tuple[list[str], Floats]:
    """Returns the names in order, and for each code its name's place there, NaN for that of no text."""
    ordered = sorted(name for name in names if name != ABSENT)
    places = {name: place for place, name in enumerate(ordered)}
    return ordered, np.array([places.get(name, np.nan) for name in names], np.float64).reshape(-1)


def _number(column: str, value: float | str) -> float:
    if isinstance(value, str):
        raise QueryError(f"cursor: expected a number of {column}, got a text; begin with the first page")
    return value
