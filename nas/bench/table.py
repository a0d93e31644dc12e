"""Reads a table of trained architectures: a Parquet file with a column of strings and columns of numbers.

More of a result is better, as an accuracy; where less is, a - stands before the name of its column.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from nas.bench.refusals import TableError
from search_spaces.errors import suggest

USUAL_NAME = "arch_str"
LESS_IS_BETTER = ("loss", "error", "latency", "perplexity", "regret")
"""What is in the name of a column that nobody wants more of, unless it begins with `NEGATED`."""
NEGATED = "neg"
MINIMISED = "-"
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; None is to be found out. `metric` and `score` may have a - in front."""

    architecture: str | None = None
    metric: str | None = None
    score: str | None = None
    seconds: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A column of results, and which way they are good."""

    name: str
    is_minimised: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a file that matter, row for row, as they are there; a number that is missing is NaN."""

    where: str
    architectures: tuple[str, ...]
    metric_of: Result
    metric: Numbers
    score_of: Result
    score: Numbers
    seconds: Numbers | None
    notes: tuple[str, ...]
    """What was found out about columns and might be a surprise."""


def read_table(path: str, columns: Columns) -> Table:
    """Returns the table; raises `TableError` where it cannot be read or a column is missing or ambiguous."""
    where = f"benchmark {path}"
    if not Path(path).is_file():
        got = "a directory" if Path(path).is_dir() else "no file of that name"
        raise TableError(f"{where}: expected a Parquet file or nk6, nk20, nk40, got {got}")
    try:
        with pq.ParquetFile(path) as file:
            architecture, metric, score, seconds = _choose(file.schema_arrow, columns, where)
            notes = () if columns.score else _notes(file.schema_arrow, metric, where)
            content = file.read(sorted({architecture, metric.name, score.name, *filter(None, [seconds])}))
    except (OSError, pa.ArrowException) as error:
        raise TableError(
            f"{where}: expected a readable Parquet file, got: {error}; write or download it again"
        ) from error
    return Table(
        where,
        _strings(content.column(architecture), f"{where}, column {architecture!r}"),
        metric,
        _numbers(content.column(metric.name)),
        score,
        _numbers(content.column(score.name)),
        _numbers(content.column(seconds)) if seconds else None,
        notes,
    )


def _choose(schema: Any, columns: Columns, where: str) -> tuple[str, Result, Result, str | None]:
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
    metric = chooser.result(columns.metric, numbers, "--metric") or Result(
        chooser.only(_with("val", numbers), 'a column of numbers with "val" in its name', "--metric")
    )
    score = chooser.result(columns.score, numbers, "--score") or _score(chooser, metric, numbers)
    chooser.check_direction(metric, "--metric")
    chooser.check_direction(score, "--score")
    return architecture, metric, score, chooser.given(columns.seconds, numbers, "--seconds", "numbers")


def _notes(schema: Any, metric: Result, where: str) -> tuple[str, ...]:
    """Returns a note where a search is judged by what it sees, as there are no test results."""
    tests = _with("test", schema.names)
    if any(_is_number(schema.field(name).type) for name in tests):
        return ()
    held = ", ".join(f"{name!r} holds {schema.field(name).type}" for name in tests)
    return (
        f'{where}: scored in {metric.name!r}, which the search sees: no column of numbers has "test" in its name'
        + (f" ({held})" if held else "")
        + "; --score names one",
    )


def _score(chooser: "_Chooser", metric: Result, numbers: Sequence[str]) -> Result:
    """Returns the test column; of several the one that is called like the metric, and without any the metric.

    What is called alike is good the same way.
    """
    tests = _with("test", numbers)
    twins = [metric.name.replace("valid", "test"), metric.name.replace("val", "test")]
    named_alike = [name for name in twins if name in tests]
    if not tests or named_alike:
        return replace(metric, name=(named_alike or [metric.name])[0])
    expected = 'one column of numbers with "test" in its name'
    if metric.is_minimised:  # which way the other is good, nobody said
        expected = f"a column of numbers that is called like {metric.name!r}, with test for val"
        tests = []
    return Result(chooser.only(tests, expected, "--score"))


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

    def result(self, name: str | None, fitting: Sequence[str], option: str) -> Result | None:
        """Returns the column that an option names, if it names one, and which way it is good."""
        is_minimised = name is not None and name.startswith(MINIMISED) and name not in fitting
        found = self.given(
            name.removeprefix(MINIMISED) if name and is_minimised else name, fitting, option, "numbers"
        )
        return None if found is None else Result(found, is_minimised)

    def check_direction(self, result: Result, option: str) -> None:
        """Raises where the name says that less is better, and nobody else did."""
        name = result.name.lower()
        if (
            not result.is_minimised
            and not name.startswith(NEGATED)
            and any(map(name.__contains__, LESS_IS_BETTER))
        ):
            raise TableError(
                f"{self.where}: {option}: expected a column of which more is better, got {result.name!r}; "
                f"write {option} {MINIMISED}{result.name}, so that less is"
            )

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
