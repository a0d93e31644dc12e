"""Compares strategies on a benchmark, and tells what came out."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from nas.cli.files import check_suffix, check_writable, write_text
from nas.cli.nested import nested_options
from nas.cli.progress import progress
from nas.cli.strategy_report import report_text

SIMULATED = {"trials": 500, "seeds": 50, "workers": 8}
TRAINED = {"trials": 20, "seeds": 3, "workers": 2}
"""What is taken for options that were not given."""


Tell = Callable[[Comparison], None]


def run(options: Mapping[str, Any], tell: Tell) -> None:
    """Makes the comparison that the options of `nas bench strategies` ask for, and tells of it."""
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

        searching = _section(given, "search__") | {
            "workers__count": chosen["workers"],
            "strategy__repeats": chosen.get("repeats"),
        }
        config = nested_options(searching, chosen.get("settings", ()))
        compare_trained(config, contestants, seeds, chosen["trials"], tell)
        return
    benchmark = open_benchmark(chosen["benchmark"], Columns(**_section(given, "table__")))
    for note in benchmark.notes:
        click.echo(f"note: {note}", err=True)
    in_batches = "batches" in given
    trials, repeats = chosen["trials"], chosen.get("repeats", 1)
    if repeats > trials:
        raise click.UsageError(
            f"--repeats: expected at most the {trials} trials of a search, got {repeats}; allow more with --trials"
        )
    plan = Plan(benchmark, contestants, seeds, trials, chosen["workers"], in_batches, repeats)
    tell(compare_simulated(plan, chosen.get("jobs")))


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
        repeats=plan.repeats,
    )
    return compare(subject, traces, marks_up_to(plan.trials), compute_marks_up_to(plan.trials))


@dataclass(frozen=True, slots=True)
class Output:
    """Where to tell what came out: a table, unless JSON goes to standard output in its place."""

    json_file: str | None
    plot: Path | None

    @property
    def _json_path(self) -> Path | None:
        return None if self.json_file in (None, "-") else Path(str(self.json_file))

    def check(self) -> None:
        """Raises `UsageError` for a file that cannot be written, and for a picture that is called what it is not."""
        if self.plot is not None:
            check_suffix(self.plot, ".svg", "--plot")
        for path, option in ((self._json_path, "--json"), (self.plot, "--plot")):
            if path is not None:
                check_writable(path, option)

    def tell(self, comparison: Comparison) -> None:
        """Shows the table first: what was hours of work is not to be lost to a full disk."""
        text = json.dumps(comparison.record())
        click.echo(text if self.json_file == "-" else report_text(comparison))
        if self._json_path is not None:
            write_text(self._json_path, text + "\n", "--json")
        if self.plot is not None:
            from nas.bench.plot import draw_comparison

            write_text(self.plot, draw_comparison(comparison), "--plot")
