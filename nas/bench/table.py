"""Reads a table of trained architectures: a Parquet file with a column of strings and columns of numbers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from nas.bench.refusals import TableError
from search_spaces.errors import suggest

USUAL_NAME = "arch_str"
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; None is to be found out."""

    architecture: str | None = None
    metric: str | None = None
    score: str | None = None
    seconds: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a file that matter, row for row; a number that is missing is NaN."""

    where: str
    architectures: tuple[str, ...]
    metric_name: str
    metric: Numbers
    score_name: str
    score: Numbers
    seconds: Numbers | None


def read_table(path: str, columns: Columns) -> Table:
    """Returns the table; raises `TableError` where it cannot be read or a column is missing or ambiguous."""
    where = f"benchmark {path}"
    if not Path(path).is_file():
        raise TableError(f"{where}: expected a Parquet file or nk6, nk20, nk40, got no file of that name")
    try:
        with pq.ParquetFile(path) as file:
            chosen = _choose(file.schema_arrow, columns, where)
            content = file.read(sorted(set(filter(None, chosen))))
    except (OSError, pa.ArrowException) as error:
        raise TableError(
            f"{where}: expected a readable Parquet file, got: {error}; write or download it again"
        ) from error
    architecture, metric, score, seconds = chosen
    return Table(
        where,
        _strings(content.column(architecture), f"{where}, column {architecture!r}"),
        metric,
        _numbers(content.column(metric)),
        score,
        _numbers(content.column(score)),
        _numbers(content.column(seconds)) if seconds else None,
    )


def _choose(schema: Any, columns: Columns, where: str) -> tuple[str, str, str, str | None]:
    texts = [field.name for field in schema if _is_text(field.type)]
    numbers = [field.name for field in schema if _is_number(field.type)]
    chooser = _Chooser(where, schema)
    architecture = (
        chooser.given(columns.architecture, texts, "--architecture-column", "text")
        or (USUAL_NAME if USUAL_NAME in texts else None)
        or chooser.only(
            _with("arch", texts) or texts, "a column of architecture strings", "--architecture-column"
        )
    )
    metric = chooser.given(columns.metric, numbers, "--metric", "numbers") or chooser.only(
        _with("val", numbers), 'a column of numbers with "val" in its name', "--metric"
    )
    score = chooser.given(columns.score, numbers, "--score", "numbers") or _score(chooser, metric, numbers)
    return architecture, metric, score, chooser.given(columns.seconds, numbers, "--seconds", "numbers")


def _score(chooser: "_Chooser", metric: str, numbers: Sequence[str]) -> str:
    """Returns the test column; of several the one that is called like the metric, and without any the metric."""
    tests = _with("test", numbers)
    twins = [metric.replace("valid", "test"), metric.replace("val", "test")]
    named_alike = [name for name in twins if name in tests]
    if not tests or named_alike:
        return (named_alike or [metric])[0]
    return chooser.only(tests, 'one column of numbers with "test" in its name', "--score")


@dataclass(frozen=True, slots=True)
class _Chooser:
    """Chooses columns of one file, or says why none can be chosen."""

    where: str
    schema: Any

    def given(self, name: str | None, fitting: Sequence[str], option: str, kind: str) -> str | None:
        """Returns the column that an option names, if it names one."""
        if name is None or name in fitting:
            return name
        if name in self.schema.names:
            found = f"{self.schema.field(name).type} in {name!r}"
            raise TableError(f"{self.where}: {option}: expected a column of {kind}, got {found}")
        raise TableError(f"{self.where}: {option}: there is no column {name!r}; {suggest(name, fitting)}")

    def only(self, names: Sequence[str], expected: str, option: str) -> str:
        """Returns the only one of the names."""
        if len(names) == 1:
            return names[0]
        columns = ", ".join(f"{field.name} ({field.type})" for field in self.schema)
        found = f"several, {', '.join(names)}" if names else f"none among {columns or 'no columns'}"
        raise TableError(f"{self.where}: expected {expected}, got {found}; name it with {option}")


def _with(part: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if part in name.lower()]


def _is_text(kind: Any) -> bool:
    tests: tuple[Callable[[Any], bool], ...] = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
    )
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return any(test(kind) for test in tests)


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _strings(column: Any, where: str) -> tuple[str, ...]:
    """Returns the strings, none of which may be missing or come twice."""
    strings = column.to_pylist()
    if not strings:
        raise TableError(f"{where}: expected architectures, got no rows; write the file again")
    first_row: dict[str | None, int] = {}
    for row, text in enumerate(strings):
        if text is None:
            raise TableError(
                f"{where}: expected an architecture in every row, got none in row {row}; remove it"
            )
        if text in first_row:
            raise TableError(
                f"{where}: expected each architecture once, got {text!r} in rows {first_row[text]} and {row}; "
                "keep one of them, with the mean of their results"
            )
        first_row[text] = row
    return tuple(strings)


def _numbers(column: Any) -> Numbers:
    """Returns the numbers (N,); what is missing or infinite is NaN."""
    values: Numbers = column.cast(pa.float64(), safe=False).to_numpy().astype(np.float64)
    return np.where(np.isfinite(values), values, np.nan)
