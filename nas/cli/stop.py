"""`nas stop`: asks whoever drives a search to stop, and waits until that has happened."""

import click

from nas.cli.options import database_option, example


@click.command(epilog=example("nas stop cifar", "nas stop cifar --db postgresql+psycopg://me@host/nas"))
@click.argument("name")
@database_option
def stop(name: str, database: str) -> None:
    """Stops a search that is running, wherever that is.

    It stops as it would by Ctrl-C, also with its exit code. Waits until it has stopped, and says so every half minute.
    """
    from nas.cli import stopping
    from nas.cli.options import database_hint
    from nas.search.driven import is_driven, standing
    from nas.storage.open import open_storage
    from nas.storage.records import SearchState

    with open_storage(database, read_only=True) as storage:
        record = storage.search(name)
    if is_driven(record):
        with open_storage(database) as storage:
            record = stopping.stop(storage, record)
    elif record.owner is not None:
        click.echo("its driver is gone", err=True)
    if record.state is SearchState.COMPLETED:
        click.echo(f"search {name} is completed; there is nothing to stop")
        return
    again = f"nas search --resume {name} {database_hint(database)}".rstrip()
    click.echo(f"search {name} is {standing(record)}; to go on: {again}")
