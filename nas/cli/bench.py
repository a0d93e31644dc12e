"""`nas bench`: what the product itself costs, and how its strategies compare."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from nas.cli.options import example, json_option


@click.group(epilog=example("nas bench strategies nk20", "nas bench orchestration", "nas bench spaces"))
def bench() -> None:
    """Measures the product itself: how well it searches, and what that costs."""


@bench.command(epilog=example("nas bench orchestration", "nas bench orchestration --trials 5000 --json"))
@click.option(
    "--trials", type=click.IntRange(500), default=2000, show_default=True, help="Children that train nothing."
)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Ray workers.")
@json_option
def orchestration(trials: int, workers: int, as_json: bool) -> None:
    """Measures what a trial costs beside training and strategy, in processor time, with Ray workers and SQLite."""
    from nas.cli.orchestration import measure, report_lines

    report = measure(trials, workers)
    click.echo(json.dumps(asdict(report)) if as_json else report_lines(report))


@bench.command(epilog=example("nas bench spaces", "nas bench spaces --samples 1000 --json"))
@click.option(
    "--samples", type=click.IntRange(1), default=200, show_default=True, help="Architectures of each space."
)
@json_option
def spaces(samples: int, as_json: bool) -> None:
    """Measures what each space takes to price an architecture and to compare it with others, in processor time.

    Beside it stands what building its network as a graph of layers takes, which both do without.
    """
    from nas.cli.space_times import COLUMNS, measure
    from nas.report.tables import as_json as to_json
    from nas.report.tables import format_table

    times = measure(samples)
    click.echo(json.dumps(to_json(COLUMNS, times)) if as_json else format_table(COLUMNS, times))


@bench.command(
    epilog=example(
        "nas bench strategies nk20",
        "nas bench strategies cifar10.parquet --strategies controller,evolution,random --plot cifar10.svg",
        "nas bench strategies nk40 --strategies controller --trials 5000 --seeds 1",
    )
)
@click.argument("benchmark", metavar="BENCHMARK")
@click.option(
    "--strategies", metavar="A,B[KEY=VALUE],...", help="Which to compare; by default one of each family."
)
@click.option(
    "--trials", type=click.IntRange(1), default=500, show_default=True, help="Trainings of a search."
)
@click.option(
    "--seeds", type=click.IntRange(1), default=50, show_default=True, help="Searches of a strategy."
)
@click.option(
    "--first-seed", type=click.IntRange(0), default=0, show_default=True, help="The first of the seeds."
)
@click.option("--workers", type=click.IntRange(1), default=8, show_default=True, help="Trainings at once.")
@click.option("--batches", is_flag=True, help="Let trainings take equally long: workers finish together.")
@click.option("--jobs", type=click.IntRange(1), help="Processes that run searches; by default all cores.")
@click.option(
    "--architecture-column", "architecture", metavar="COLUMN", help="Of a table: the architectures."
)
@click.option("--metric", metavar="COLUMN", help="Of a table: what the search sees.")
@click.option("--score", metavar="COLUMN", help="Of a table: what its choice is judged by.")
@click.option("--seconds", metavar="COLUMN", help="Of a table: how long trainings take.")
@click.option("--json", "json_file", metavar="FILE", help="Write JSON for programs; - for standard output.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw the curves as SVG.")
def strategies(
    benchmark: str,
    strategies: str | None,
    trials: int,
    seeds: int,
    first_seed: int,
    workers: int,
    batches: bool,
    jobs: int | None,
    json_file: str | None,
    plot: Path | None,
    **columns: str | None,
) -> None:
    """Compares strategies on a BENCHMARK: many searches each, on workers with a simulated clock.

    BENCHMARK is nk6, nk20 or nk40, landscapes with as many decisions and a known best, another for each seed; or a
    Parquet file with a column of architecture strings and columns of their results. The search sees the metric, the
    column with "val" in its name; scored is the best it found by that, in the column with "test".
    """
    from nas.bench.comparison import Plan
    from nas.bench.table import Columns
    from nas.cli.strategies import chosen, compare_simulated, open_benchmark, seeds_from, tell

    plan = Plan(
        open_benchmark(benchmark, Columns(**columns)),
        chosen(strategies),
        seeds_from(first_seed, seeds),
        trials,
        workers,
        batches,
    )
    tell(compare_simulated(plan, jobs), json_file, plot)
