"""Compares strategies on a benchmark, and tells what came out."""

import json
import os
from pathlib import Path

import click

from nas.bench.comparison import Plan, run_plan
from nas.bench.contestants import Contestant, default_contestants, read_contestants, reference_of
from nas.bench.landscape import Landscapes
from nas.bench.problem import Benchmark
from nas.bench.report import Comparison, Subject, compare
from nas.bench.standings import compute_marks_up_to, marks_up_to
from nas.bench.table import Columns
from nas.bench.tabular import open_table
from nas.cli.progress import progress
from nas.cli.strategy_report import report_text


def open_benchmark(name: str, columns: Columns) -> Benchmark:
    """Returns the landscapes of that name, such as nk20, or the table in the file of that name."""
    landscapes = Landscapes.parse(name)
    if landscapes is None:
        return open_table(name, columns)
    if columns != Columns():
        raise click.UsageError(f"{name} has no columns: leave out the options that name some")
    return landscapes


def chosen(strategies: str | None) -> tuple[Contestant, ...]:
    """Returns the strategies of an option's text; without it the usual ones."""
    return default_contestants() if strategies is None else read_contestants(strategies)


def compare_simulated(plan: Plan, jobs: int | None) -> Comparison:
    """Runs all searches of a plan; what a strategy refuses is told before any of them."""
    problem = plan.benchmark.problem(plan.seeds[0])
    for contestant in plan.contestants:
        contestant.build(problem.space, plan.seeds[0])
    with progress("searches") as report:
        traces = run_plan(plan, jobs or os.cpu_count() or 1, report)
    unit = plan.benchmark.compute_unit
    subject = Subject(
        benchmark=plan.benchmark.name,
        measure=plan.benchmark.measure,
        strategies=tuple(one.text for one in plan.contestants),
        reference=reference_of(plan.contestants),
        seeds=plan.seeds,
        trials=plan.trials,
        workers=plan.workers,
        in_batches=plan.in_batches,
        compute=f"random trainings ({unit})" if unit else "",
        best=problem.best,
    )
    return compare(subject, traces, marks_up_to(plan.trials), compute_marks_up_to(plan.trials))


def tell(comparison: Comparison, json_file: str | None, plot: Path | None) -> None:
    """Writes what was asked for: a table, unless JSON goes to standard output in its place."""
    if plot is not None:
        from nas.bench.plot import draw_comparison

        write(plot, draw_comparison(comparison))
    text = json.dumps(comparison.record())
    if json_file == "-":
        click.echo(text)
        return
    if json_file is not None:
        write(Path(json_file), text + "\n")
    click.echo(report_text(comparison))


def write(path: Path, text: str) -> None:
    """Writes a file; raises `UsageError` where it cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(
            f"{path}: expected a file that can be written, got: {error.strerror}"
        ) from error


def seeds_from(first: int, count: int) -> tuple[int, ...]:
    """Returns so many seeds, one after the other."""
    return tuple(range(first, first + count))
