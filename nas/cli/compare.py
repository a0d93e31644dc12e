"""`nas compare`: what else could have been had for the same budget, under the same recipe."""

import json

import click

from nas.cli.options import database_option, example, json_option, terminal_width


@click.command(epilog=example("nas compare cifar", "nas compare cifar --json"))
@click.argument("name")
@database_option
@json_option
def compare(name: str, database: str, as_json: bool) -> None:
    """Compares with random search and a hand-designed network.

    All are trained and tested alike: the same pictures, the same recipe, the same budget. What is missing is
    run first, as searches NAME-random and NAME-reference: as many trials again, then one network, then the full
    training of each winner. What is there already is not run again.
    """
    from nas.cli.companions import complete_companions
    from nas.cli.overview import read_summary
    from nas.report.summary import search_summary, summary_as_json
    from nas.storage.open import open_storage

    with open_storage(database) as storage:
        complete_companions(storage, name, database)
        summary = read_summary(storage, name, database)
    if as_json:
        click.echo(json.dumps(summary_as_json(summary)))
    else:
        click.echo(search_summary(summary, terminal_width()))
