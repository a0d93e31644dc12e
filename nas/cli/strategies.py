"""Compares strategies on a benchmark, and tells what came out."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from nas.bench.comparison import Plan, run_plan
from nas.bench.contestants import default_contestants, read_contestants, reference_of
from nas.bench.landscape import Landscapes
from nas.bench.problem import Benchmark
from nas.bench.report import Comparison, Subject, compare
from nas.bench.standings import compute_marks_up_to, marks_up_to
from nas.bench.table import Columns
from nas.bench.tabular import open_table
from nas.cli.nested import nested_options
from nas.cli.progress import progress
from nas.cli.strategy_report import report_text

SIMULATED = {"trials": 500, "seeds": 50, "workers": 8}
TRAINED = {"trials": 20, "seeds": 3, "workers": 2}
"""What is taken for options that were not given."""


def run(options: Mapping[str, Any]) -> Comparison:
    """Returns the comparison that the options of `nas bench strategies` ask for."""
    given = {
        name: value
        for name, value in options.items()
        if value is not None and value is not False and value != ()
    }
    is_trained = "search__data__dataset" in given
    _check(given, is_trained=is_trained)
    chosen = {**(TRAINED if is_trained else SIMULATED), **given}
    text = chosen.get("strategies")
    contestants = default_contestants() if text is None else read_contestants(text)
    seeds = tuple(range(chosen["first_seed"], chosen["first_seed"] + chosen["seeds"]))
    if is_trained:
        from nas.cli.trained_strategies import compare_trained

        searching = _section(given, "search__") | {"workers__count": chosen["workers"]}
        config = nested_options(searching, chosen.get("settings", ()))
        return compare_trained(config, contestants, seeds, chosen["trials"])
    benchmark = open_benchmark(chosen["benchmark"], Columns(**_section(given, "table__")))
    in_batches = "batches" in given
    plan = Plan(benchmark, contestants, seeds, chosen["trials"], chosen["workers"], in_batches)
    return compare_simulated(plan, chosen.get("jobs"))


def _check(given: Mapping[str, Any], *, is_trained: bool) -> None:
    """Raises unless there is either a benchmark or a data set, and no option that belongs to the other."""
    if is_trained == ("benchmark" in given):
        got = "both" if is_trained else "neither"
        raise click.UsageError(
            f"expected a BENCHMARK, such as nk20 or a Parquet file, or --dataset, got {got}; give one of them"
        )
    foreign = ("table__", "batches", "jobs") if is_trained else ("search__", "settings")
    strangers = [name for name in given if name.startswith(foreign)]
    if strangers:
        named = ", ".join(_OPTIONS.get(name, f"--{name}") for name in strangers)
        place = "with a BENCHMARK, without --dataset" if is_trained else "with --dataset"
        raise click.UsageError(f"{named}: of use only {place}; leave it out")


_OPTIONS = {
    "table__architecture": "--architecture-column",
    "table__metric": "--metric",
    "table__score": "--score",
    "table__seconds": "--seconds",
    "search__data__max_train_images": "--train-images",
    "search__space__name": "--space",
    "search__recipe__epochs": "--epochs",
    "search__workers__backend": "--backend",
    "search__database": "--db",
    "settings": "--set",
}


def _section(given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)}


def open_benchmark(name: str, columns: Columns) -> Benchmark:
    """Returns the landscapes of that name, such as nk20, or the table in the file of that name."""
    landscapes = Landscapes.parse(name)
    if landscapes is None:
        return open_table(name, columns)
    if columns != Columns():
        raise click.UsageError(f"{name} has no columns: leave out the options that name some")
    return landscapes


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
