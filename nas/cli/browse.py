"""`nas list`, `nas show`, `nas leaderboard`: what is in the database."""

import json

import click

from nas.cli.options import database_option, example, json_option, objective_option


@click.command("list", epilog=example("nas list", "nas list --db sqlite:///other.db --json"))
@database_option
@json_option
def list_searches(database: str, as_json: bool) -> None:
    """Lists the searches, newest first."""
    from nas.cli.ranked import listed_searches
    from nas.report.tables import as_json as to_json
    from nas.report.tables import format_table, known_columns
    from nas.storage.open import open_storage

    with open_storage(database, read_only=True) as storage:
        columns, searches = listed_searches(storage)
    if as_json:
        click.echo(json.dumps(to_json(columns, searches)))
    else:
        click.echo(format_table(known_columns(columns, searches), searches))


@click.command(epilog=example("nas show cifar", "nas show cifar 17", "nas show cifar --updates"))
@click.argument("name")
@click.argument("trial", type=int, required=False)
@click.option("--updates", is_flag=True, help="Show every step of the controller, and what its numbers say.")
@click.option(
    "--decisions", is_flag=True, help="Show what TRIAL chose, and how likely that was for the policy."
)
@database_option
@json_option
def show(name: str, trial: int | None, updates: bool, decisions: bool, database: str, as_json: bool) -> None:
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
    if decisions and trial is None:
        raise click.UsageError(
            "--decisions: expected the number of a trial, got a search alone; add the number"
        )
    with open_storage(database, read_only=True) as storage:
        if trial is not None:
            plain = details.decision_details if decisions else details.trial_details
            render = details.trial_as_json if as_json else plain
            text = render(storage, name, trial, database)
        elif updates:
            text = (details.updates_as_json if as_json else details.update_details)(storage, name)
        else:
            text = (details.search_as_json if as_json else details.search_details)(storage, name, database)
    click.echo(text)


@click.command(
    epilog=example(
        "nas leaderboard cifar",
        "nas leaderboard cifar --top 3 --json",
        "nas leaderboard cifar --objective accuracy --objective -params",
    )
)
@click.argument("name")
@click.option(
    "--top", type=click.IntRange(1, 100_000), default=10, show_default=True, help="How many to list."
)
@objective_option("objectives", "Order by this instead; several give a front.")
@database_option
@json_option
def leaderboard(name: str, top: int, objectives: tuple[str, ...], database: str, as_json: bool) -> None:
    """Lists the best networks of a search.

    A network that was trained several times is listed once, with its mean validation accuracy and the standard
    error of that. With several objectives the Pareto front comes first, and its hypervolume is said; --json then
    prints a table with the keys objectives, reference, hypervolume, front and networks, and a list otherwise.
    """
    from nas.cli import ranked
    from nas.config import restore_config
    from nas.storage.open import open_storage

    with open_storage(database, read_only=True) as storage:
        record = storage.search(name)
        if objectives:
            ranking = ranked.read_ranking_by(storage, record, objectives)
        else:
            ranking = ranked.read_ranking(storage, record, top)
    space = restore_config(record.config, database).space.load()
    render = ranked.ranking_as_json if as_json else ranked.ranking_as_text
    click.echo(render(ranking, space, top))
