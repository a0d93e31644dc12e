"""Problems that are looked up: every architecture of a table has been trained, once and for all.

Each row is an architecture of its own, also where two of them compute the same function: their results differ, and
published figures on tables count trainings. A search, in contrast, trains equal functions once.

A strategy is told the metric; the score is read off for the best it found by that. Where either is missing, the
training failed. Accuracies are told as fractions and scored in percent, whichever the file has; other numbers are left
as they are, and told with the sign turned where less of them is better. Numbers up to 100 count as percent; they are
called so where one is above 50 or the name says it. Of NAS-Bench-201 cells the simulated compute is
their multiply-adds, unless the file has seconds.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from nas.bench.fields import Rows, part_of, space_of
from nas.bench.problem import Benchmark, Measure, Problem, Training
from nas.bench.refusals import TableError
from nas.bench.table import Columns, Numbers, Result, Table, read_table
from search_spaces.architecture import Architecture
from search_spaces.errors import SpaceError
from search_spaces.space import Space
from search_spaces.spaces.nasbench201 import NasBench201Space

CIFAR, CLASSES = (3, 32, 32), 10
GIGA = 1e9
FRACTION, PERCENT = 1.0, 100.0
PERCENTAGES = ("acc", "percent", "%", "top1", "top-1")
"""What is in the name of a column of percentages."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a table says of one architecture."""

    training: Training
    score: float


@dataclass(frozen=True)
class TableProblem(Problem):
    """The rows of a table by the tokens of their architectures."""

    space: Space
    rows: Mapping[tuple[int, ...], Row]
    measure: Measure

    @cached_property
    def best(self) -> float:  # type: ignore[override]
        """The score of the best by the metric, which is what a perfect search would choose."""
        trained = [row for row in self.rows.values() if row.training.value is not None]
        sign = -1 if self.measure.lower_is_better else 1
        return max(trained, key=lambda row: (row.training.value, sign * row.score)).score

    @cached_property
    def mean_compute(self) -> float:  # type: ignore[override]
        """Over all rows."""
        return float(np.mean([row.training.compute for row in self.rows.values()]))

    def train(self, architecture: Architecture, repeat: int = 0) -> Training:  # noqa: ARG002
        """Returns the row: repeats are all alike."""
        return self.rows[architecture.tokens].training

    def score(self, architecture: Architecture) -> float:
        """Returns the score of the row."""
        return self.rows[architecture.tokens].score

    def canonical_key(self, architecture: Architecture) -> str:
        """Returns the architecture as text: each row is its own."""
        return str(architecture)

    def is_feasible(self, architecture: Architecture) -> bool:
        """Whether the table has it."""
        return architecture.tokens in self.rows


@dataclass(frozen=True)
class TableBenchmark(Benchmark):
    """One table, the same for every seed."""

    name: str
    measure: Measure
    has_durations: bool
    compute_unit: str
    table: TableProblem
    notes: tuple[str, ...]

    def problem(self, seed: int) -> TableProblem:  # noqa: ARG002
        """Returns the table."""
        return self.table


def open_table(path: str, columns: Columns) -> TableBenchmark:
    """Returns the benchmark in a file; raises `TableError` that says what is wrong with it."""
    table = read_table(path, columns)
    space, architectures, compute, unit = _read_space(table)
    unit = "training seconds" if table.seconds is not None else unit
    metric = _told(table.metric_of, table.metric)
    score, measure = _scored(table.score_of, table.score)
    seconds = _seconds(table)
    rows = {
        architecture.tokens: _row(metric[i], score[i], seconds, compute, i)
        for i, architecture in enumerate(architectures)
    }
    if all(row.training.value is None for row in rows.values()):
        raise TableError(
            f"{table.where}: expected results in {table.metric_of.name!r} and {table.score_of.name!r}, "
            "got none in any row"
        )
    problem = TableProblem(space, rows, measure)
    return TableBenchmark(
        Path(path).name, measure, seconds is not None, unit, problem, tuple(_notes(table, rows))
    )


def _notes(table: Table, rows: Mapping[tuple[int, ...], Row]) -> Iterator[str]:
    yield from table.notes
    failed = sum(row.training.value is None for row in rows.values())
    if failed:
        names = " or ".join(dict.fromkeys(repr(one.name) for one in (table.metric_of, table.score_of)))
        counted = f"{failed:,} of {len(rows):,} rows"
        yield f"{table.where}: {counted} without a finite result in {names}; such a training fails"


def _told(result: Result, values: Numbers) -> Numbers:
    """Returns what the strategy is told, (N,): the more the better."""
    if result.is_minimised:
        return -values
    return values / (PERCENT if _top(values) == PERCENT else 1)


def _scored(result: Result, values: Numbers) -> tuple[Numbers, Measure]:
    """Returns what choices are judged by, (N,), and how it is read."""
    top = None if result.is_minimised else _top(values)
    unit = ", %" if top == FRACTION or (top == PERCENT and _is_percentage(result.name, values)) else ""
    measure = Measure(result.name + unit, 2, lower_is_better=result.is_minimised)
    return values * (PERCENT if top == FRACTION else 1), measure


def _row(metric: float, score: float, seconds: Numbers | None, compute: Numbers, i: int) -> Row:
    failed = math.isnan(metric) or math.isnan(score)
    duration = 1.0 if seconds is None else float(seconds[i])
    cost = float(compute[i]) if seconds is None else duration
    return Row(Training(None if failed else float(metric), duration, cost), float(score))


def _read_space(table: Table) -> tuple[Space, Sequence[Architecture], Numbers, str]:
    """Returns the space of the strings, their architectures, what each costs and in which unit."""
    if any(text.startswith("|") and "~" in text for text in table.architectures):
        cells = NasBench201Space()
        found = [_parse(cells, text, row, table.where) for row, text in enumerate(table.architectures)]
        compute = multiply_adds(cells, found) / GIGA
        if len(found) == cells.size:
            return cells, found, compute, "multiply-adds"
        part = part_of(cells, [one.tokens for one in found])
        return part, [part.architecture(one.tokens) for one in found], compute, "multiply-adds"
    space: Rows = space_of(table.architectures, table.where)
    found = [space.architecture(tokens) for tokens in space.rows]
    return space, found, np.ones(len(found)), ""


def _parse(space: NasBench201Space, text: str, row: int, where: str) -> Architecture:
    try:
        return space.parse_cell(text)
    except SpaceError as error:
        raise TableError(f"{where}, row {row}: {error}; correct or remove the row") from error


def multiply_adds(space: NasBench201Space, architectures: Sequence[Architecture]) -> Numbers:
    """Returns the multiply-adds of cells (N,), on pictures of CIFAR's size.

    An operation costs the same on every edge, so cells of the same operations are priced once.
    """
    prices: dict[tuple[int, ...], int] = {}
    for architecture in architectures:
        operations = tuple(sorted(architecture.tokens))
        if operations not in prices:
            prices[operations] = space.price(architecture, CIFAR, CLASSES).multiply_adds
    return np.array([prices[tuple(sorted(one.tokens))] for one in architectures], dtype=np.float64)


def _top(values: Numbers) -> float | None:
    """Returns 1 for accuracies as fractions, 100 for such in percent, None for other numbers."""
    known = values[~np.isnan(values)]  # one above 1 shows that they are percent
    if known.size == 0 or known.min() < 0 or known.max() > PERCENT:
        return None
    return PERCENT if known.max() > FRACTION else FRACTION


def _is_percentage(name: str, values: Numbers) -> bool:
    """Whether numbers up to 100 are called percent: small ones may be counts, unless their name says what they are."""
    return bool(np.nanmax(values) > PERCENT / 2) or any(word in name.lower() for word in PERCENTAGES)


def _seconds(table: Table) -> Numbers | None:
    """Returns the seconds of every row; where a training failed and they are missing, the mean."""
    if table.seconds is None:
        return None
    missing = np.isnan(table.seconds)
    wrong = (missing & ~np.isnan(table.metric)) | (table.seconds <= 0)
    if wrong.any() or missing.all():
        row = int(np.argmax(wrong | missing))
        raise TableError(
            f"{table.where}: --seconds: expected a time above 0 for every training, got {table.seconds[row]:g} "
            f"in row {row}, {int(wrong.sum()):,} such rows in all; correct them, or leave --seconds out"
        )
    return np.where(missing, np.nanmean(table.seconds), table.seconds)
