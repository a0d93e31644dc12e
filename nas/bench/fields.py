"""Architecture strings of any benchmark as decisions: "64-41414-1_02_333", "8:16:24:32:40", "[0, 2, 1]".

A string is cut at its separators into fields, the same number in all of them; a field is a decision whose options are
the values that occur. Fields that are the same in every string are left out. Digits side by side are as many decisions:
a field is read so where all its values have the same number of digits and one begins with 0, as "02" does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import NamedTuple
from unicodedata import normalize

from nas.bench.choices import Choices
from nas.bench.refusals import TableError
from search_spaces.architecture import Architecture
from search_spaces.space import Space

SEPARATORS = tuple(re.compile(rf"(?:{one})+") for one in (r"\W|_", r"[^\w.]|_", r"\W", r"[^\w.]", r"[^\w.-]"))
"""What may part fields, tried in this order until all strings have equally many and no two become alike: all but the
letters and digits of any script, then without ".", "_" and "-" among them."""

Fields = tuple[str, ...]


@dataclass(frozen=True)
class Rows(Choices):
    """The combinations of options that are rows of a table; there are no others."""

    rows: tuple[tuple[int, ...], ...] = ()

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def random(self, rng: Random) -> Architecture:
        """Draws a row uniformly."""
        return Architecture(self.name, self.rows[rng.randrange(len(self.rows))])

    def enumerate(self) -> Iterator[Architecture]:
        """Yields the rows in order of their tokens."""
        for tokens in sorted(self.rows):
            yield Architecture(self.name, tokens)

    @cached_property
    def members(self) -> frozenset[tuple[int, ...]]:
        """The rows, to look up whether tokens are one."""
        return frozenset(self.rows)


def space_of(strings: Sequence[str], where: str) -> Rows:
    """Returns the space of these strings, which are all different; its `rows` are in their order.

    Raises `TableError`, which begins with `where`, if no separators cut them alike.
    """
    cut = _cut(strings, where)
    if len(cut) < 2:
        raise TableError(f"{where}: expected at least two architectures, got {strings[0]!r} alone")
    parts = [part for column in zip(*cut, strict=True) for part in _digits(column)]
    columns = [part for part in parts if len(set(part)) > 1]
    options = [tuple(sorted(set(column), key=_by_number)) for column in columns]
    token_of = [{option: token for token, option in enumerate(known)} for known in options]
    tokens = [[known[value] for value in column] for known, column in zip(token_of, columns, strict=True)]
    declared = tuple((f"field{index}", known) for index, known in enumerate(options))
    return Rows(declared, tuple(zip(*tokens, strict=True)))


def part_of(space: Space, rows: Sequence[tuple[int, ...]]) -> Rows:
    """Returns the space of these architectures, given by their tokens in a larger one with the same decisions."""
    return Rows(tuple((one.name, one.options) for one in space.decisions), tuple(rows))


def _cut(strings: Sequence[str], where: str) -> list[Fields]:
    for separator in SEPARATORS:
        cut = [_fields(separator, text) for text in strings]
        if len({len(fields) for fields in cut}) == 1 and len(set(cut)) == len(cut):
            return cut
    raise _not_alike(strings, where)


def _fields(separator: "re.Pattern[str]", text: str) -> Fields:
    return tuple(field for field in separator.split(normalize("NFC", text)) if field)


def _not_alike(strings: Sequence[str], where: str) -> TableError:
    """Returns the error that names the first string that is cut otherwise than the first of all, or as one before."""
    cut = [_fields(SEPARATORS[0], text) for text in strings]
    counts = list(map(len, cut))
    row = next((row for row, count in enumerate(counts) if count != counts[0]), None)
    if row is None:
        last = {fields: row for row, fields in enumerate(cut)}
        same, row = next((row, last[fields]) for row, fields in enumerate(cut) if last[fields] != row)
        return TableError(
            f"{where}: expected strings that differ in letters or digits, got {strings[same]!r} in row {same} and "
            f"{strings[row]!r} in row {row}; write what tells them apart as a field of each"
        )
    return TableError(
        f"{where}: expected strings of equally many fields, as {strings[0]!r} in row 0 with {counts[0]}, "
        f"got {strings[row]!r} in row {row} with {counts[row]}; keep architectures of one kind, each written in full"
    )


def _digits(column: Fields) -> list[Fields]:
    """Returns a field, or one for each of its digits where it is none that could be a number."""
    alike = len({len(value) for value in column}) == 1 and len(column[0]) > 1
    if alike and all(value.isdigit() for value in column) and any(value[0] == "0" for value in column):
        return list(zip(*column, strict=True))
    return [column]


class _Order(NamedTuple):
    is_text: bool
    number: float
    text: str


def _by_number(value: str) -> _Order:
    try:
        return _Order(False, float(value), value)
    except ValueError:
        return _Order(True, 0.0, value)
