"""`nas bench`: what the product itself costs."""

import json
from dataclasses import asdict

import click

from nas.cli.options import example, json_option


@click.group(epilog=example("nas bench orchestration"))
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
