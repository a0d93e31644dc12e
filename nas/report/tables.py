"""Tables of records: columns are declared once and read twice, as aligned text and as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.cells import cell_len

from nas.report.formats import UNKNOWN

Record = TypeVar("Record")
Plain = str | int | float | bool | Mapping[str, int] | None
GAP = "  "


@dataclass(frozen=True, slots=True)
class Column(Generic[Record]):
    """One column: `key` names it in JSON, with its unit; `value` is what JSON gets, `show` makes it readable."""

    key: str
    header: str
    value: Callable[[Record], Plain]
    show: Callable[..., str] = str


def format_table(columns: Sequence[Column[Record]], records: Sequence[Record]) -> str:
    """Returns the lines of the table: numbers to the right, words to the left, what is not known as a dash."""
    cells = [[_cell(column, record) for record in records] for column in columns]
    numeric = [_is_numeric([column.value(record) for record in records]) for column in columns]
    widths = [
        max(map(cell_len, [column.header, *texts])) for column, texts in zip(columns, cells, strict=True)
    ]
    rows = [[column.header for column in columns], *(list(row) for row in zip(*cells, strict=True))]
    return "\n".join(GAP.join(map(_aligned, row, widths, numeric)).rstrip() for row in rows)


def known_columns(columns: Sequence[Column[Record]], records: Sequence[Record]) -> tuple[Column[Record], ...]:
    """Returns the columns in which something is known of one of the records; an empty table says nothing."""
    return tuple(
        column for column in columns if any(column.value(record) not in (None, {}) for record in records)
    )


def as_json(columns: Sequence[Column[Record]], records: Sequence[Record]) -> list[dict[str, Plain]]:
    """Returns a plain dictionary for every record, ready for `json.dumps`."""
    return [{column.key: column.value(record) for column in columns} for record in records]


def _cell(column: Column[Record], record: Record) -> str:
    value = column.value(record)
    text = UNKNOWN if value is None else column.show(value)
    # A name in a database is not for the terminal to obey.
    return "".join(character if character.isprintable() else " " for character in text)


def _is_numeric(values: Sequence[Plain]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in known
    )


def _aligned(text: str, width: int, numeric: bool) -> str:
    padding = " " * (width - cell_len(text))
    return padding + text if numeric else text + padding
