"""`nas list`, `nas show`, `nas leaderboard`: what is in the database."""

import json

import click

from nas.cli.options import database_option, example, json_option


@click.command("list", epilog=example("nas list", "nas list --db sqlite:///other.db --json"))
@database_option
@json_option
def list_searches(database: str, as_json: bool) -> None:
    """Lists the searches, newest first."""
    from nas.report.columns import SEARCH_COLUMNS
    from nas.report.tables import as_json as to_json
    from nas.report.tables import format_table
    from nas.storage.open import open_storage

    with open_storage(database, read_only=True) as storage:
        searches = storage.searches()
    if as_json:
        click.echo(json.dumps(to_json(SEARCH_COLUMNS, searches)))
    else:
        click.echo(format_table(SEARCH_COLUMNS, searches))


@click.command(epilog=example("nas show cifar", "nas show cifar 17", "nas show cifar --updates"))
@click.argument("name")
@click.argument("trial", type=int, required=False)
@click.option("--updates", is_flag=True, help="Show every step of the controller, and what its numbers say.")
@database_option
@json_option
def show(name: str, trial: int | None, updates: bool, database: str, as_json: bool) -> None:
    """Shows a search or a trial.

    With NAME alone: how the search went and what it found. With TRIAL: that trial, its architecture, learning curve
    and, where it failed, the reason.
    """
    from nas.cli import details
    from nas.storage.open import open_storage

    if updates and trial is not None:
        raise click.UsageError(
            f"--updates: expected a search alone, got trial {trial} as well; leave one of them out"
        )
    with open_storage(database, read_only=True) as storage:
        if trial is not None:
            render = details.trial_as_json if as_json else details.trial_details
            text = render(storage, name, trial, database)
        elif updates:
            text = (details.updates_as_json if as_json else details.update_details)(storage, name)
        else:
            text = (details.search_as_json if as_json else details.search_details)(storage, name, database)
    click.echo(text)


@click.command(epilog=example("nas leaderboard cifar", "nas leaderboard cifar --top 3 --json"))
@click.argument("name")
@click.option(
    "--top", type=click.IntRange(1, 100_000), default=10, show_default=True, help="How many to list."
)
@database_option
@json_option
def leaderboard(name: str, top: int, database: str, as_json: bool) -> None:
    """Lists the best trials of a search."""
    from nas.config import restore_config
    from nas.report.columns import trial_columns
    from nas.report.tables import as_json as to_json
    from nas.report.tables import format_table
    from nas.storage.open import open_storage

    with open_storage(database, read_only=True) as storage:
        record = storage.search(name)
        trials = storage.leaderboard(record.search_id, top)
    columns = trial_columns(restore_config(record.config, database).space.load())
    click.echo(json.dumps(to_json(columns, trials)) if as_json else format_table(columns, trials))
