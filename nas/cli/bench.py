"""`nas bench`: what the product itself costs, and how its strategies compare."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from nas.cli.options import COUNT, THOUSANDS, Name, Whole, example, json_option

MAX_SEED = 2**31 - 1
"""As of a search."""
MAX_BENCH_TRIALS = 10_000_000


@click.group(epilog=example("nas bench strategies nk20", "nas bench orchestration", "nas bench web"))
def bench() -> None:
    """Measures how well and how fast it searches."""


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
        "nas bench storage --trials 100k",
        "nas bench storage --db postgresql+psycopg://me@host/empty --json",
    )
)
@click.option(
    "--db", "database", metavar="URL", help="An empty database, to be filled; by default a SQLite file."
)
@click.option(
    "--trials",
    type=Whole("count", THOUSANDS, 1000, MAX_BENCH_TRIALS),
    default="1M",
    show_default=True,
    help="Of the large search; the small one has 1,000.",
)
@json_option
def storage(database: str | None, trials: int, as_json: bool) -> None:
    """Measures what a database takes for each query and each write of a search with very many trials.

    Two searches are written into it in bulk, 1.5 GB a million trials. The file that is made where no database is
    named is thrown away.
    """
    from nas.cli.storage_times import measure_database, report_as_json, report_lines

    report = measure_database(database, trials)
    click.echo(json.dumps(report_as_json(report)) if as_json else report_lines(report))


@bench.command(epilog=example("nas bench web", "nas bench web --trials 10k --clients 20 --seconds 10 --json"))
@click.option(
    "--db", "database", metavar="URL", help="An empty database, to be filled; by default a SQLite file."
)
@click.option(
    "--trials",
    type=Whole("count", THOUSANDS, 1000, MAX_BENCH_TRIALS),
    default="100k",
    show_default=True,
    help="Of the search that is looked at.",
)
@click.option(
    "--clients",
    type=click.IntRange(1, 200),
    default=50,
    show_default=True,
    help="That follow a running search.",
)
@click.option(
    "--seconds", type=click.IntRange(2, 3600), default=60, show_default=True, help="For so long they do."
)
@json_option
def web(database: str | None, trials: int, clients: int, seconds: int, as_json: bool) -> None:
    """Measures what a dashboard takes for pages, tables, charts and streams of a search with very many trials.

    A dashboard of its own is started over a database that is filled in bulk, 1.5 GB a million trials; the file that is
    made where no database is named is thrown away. Exits with 1 where a promise is not kept: a page within 2 s, tables
    and charts within 300 ms, a trial on the stream within 2 s and in less than 1 KB, no event missed.
    """
    from nas.cli.web_times import measure_web, report_as_json, report_lines

    report = measure_web(database, trials, clients, seconds)
    click.echo(json.dumps(report_as_json(report)) if as_json else report_lines(report))
    if report.broken:
        raise click.exceptions.Exit(1)


@bench.command(
    epilog=example(
        "nas bench strategies nk20",
        "nas bench strategies cifar10.parquet --strategies controller,evolution,random --plot cifar10.svg",
        "nas bench strategies nk40 --strategies controller --trials 5000 --seeds 1",
        "nas bench strategies --dataset digits --space toy --trials 10 --seeds 3",
    )
)
@click.argument("benchmark", required=False)
@click.option(
    "--strategies",
    metavar="A,B[KEY=VALUE],...",
    help="Which to compare; by default one of each family and presets of some, but for the slowest.",
)
@click.option(
    "--trials",
    type=click.IntRange(1),
    help="Trainings of a search, repeats included: 500, or 20 with --dataset.",
)
@click.option(
    "--repeats", type=click.IntRange(1, 100), help="Trainings of each architecture; their mean counts."
)
@click.option(
    "--seeds", type=click.IntRange(1, 100_000), help="Searches of each strategy: 50, or 3 with --dataset."
)
@click.option(
    "--first-seed",
    type=click.IntRange(0, MAX_SEED),
    default=0,
    show_default=True,
    help="The first of the seeds.",
)
@click.option("--workers", type=click.IntRange(1), help="Trainings at once: 8, or 2 with --dataset.")
@click.option("--batches", is_flag=True, help="Let trainings take equally long: workers finish together.")
@click.option("--jobs", type=click.IntRange(1), help="Processes that run searches; by default all cores.")
@click.option(
    "--architecture-column", "table__architecture", metavar="COLUMN", help="A table's architectures."
)
@click.option(
    "--metric",
    "table__metric",
    metavar="[-]COLUMN",
    help="What a search on a table sees; - where less is better.",
)
@click.option("--score", "table__score", metavar="[-]COLUMN", help="What its choice is judged by, likewise.")
@click.option("--seconds", "table__seconds", metavar="COLUMN", help="How long a table's trainings took.")
@click.option("--dataset", "search__data__dataset", metavar="DATA", help="Train truly, on these pictures.")
@click.option("--train-images", "search__data__max_train_images", type=COUNT, help="Keep no more pictures.")
@click.option("--space", "search__space__name", metavar="SPACE", help="What to search with --dataset.")
@click.option("--epochs", "search__recipe__epochs", type=COUNT, help="Epochs of each training.")
@click.option("--backend", "search__workers__backend", type=Name(["ray", "local"]), help="As of nas search.")
@click.option("--db", "search__database", metavar="URL", help="Keep the searches of --dataset there.")
@click.option(
    "--set", "settings", metavar="KEY=VALUE", multiple=True, help="As of nas search, with --dataset."
)
@click.option("--json", "json_file", metavar="FILE", help="Write JSON for programs; - for standard output.")
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw the curves there; a name in .svg."
)
def strategies(json_file: str | None, plot: Path | None, **options: Any) -> None:
    """Compares strategies on a BENCHMARK: many searches each, on workers with a simulated clock.

    BENCHMARK is nk6, nk20 or nk40, landscapes with as many decisions and a known best, another for each seed; or a
    Parquet file with a column of architecture strings and columns of their results. A search sees the metric, the
    column with "val" in its name; scored is the best it found by that, in the column with "test". With --dataset
    and no BENCHMARK the searches are real ones, scored by validation accuracy.
    """
    from nas.cli.strategies import Output, run

    output = Output(json_file, plot)
    output.check()
    run(options, output.tell)
