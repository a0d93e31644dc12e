"""`nas bench`: what the product itself costs."""

import json
from dataclasses import asdict

import click

from nas.cli.options import example, json_option


@click.group(epilog=example("nas bench orchestration", "nas bench spaces"))
def bench() -> None:
    """Measures the product itself."""


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
