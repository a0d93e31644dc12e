"""`nas token`: who may use the API and the pages, beside whoever is on the machine of the dashboard."""

import json

import click

from nas.cli.options import Name, Number, database_option, example, json_option

SCOPES = ("read", "write")
SPAN = Number("duration", {"m": 60, "h": 3600, "d": 86_400})
LONGEST_SECONDS = 36_500 * 86_400
"""A later end has no date that can be printed."""


@click.group(epilog=example("nas token create ci --scope read --expires 30d", "nas token list"))
def token() -> None:
    """Makes and revokes tokens for the dashboard."""


@token.command(
    epilog=example("nas token create me --scope write", "nas token create ci --expires 30d --json")
)
@click.argument("name")
@click.option(
    "--scope", type=Name(SCOPES), default="read", show_default=True, help="read: look; write: act as well."
)
@click.option("--expires", type=SPAN, metavar="SPAN", help="How long it is good, such as 12h or 30d.")
@database_option
@json_option
def create(name: str, scope: str, expires: float | None, database: str, as_json: bool) -> None:
    """Makes a token and prints it, this once.

    The database keeps what it can be checked with, not the token. From the first one on every dashboard of the database
    wants a token of everybody.
    """
    from nas.cli.tokens import as_plain, words
    from nas.storage.open import open_storage
    from nas.storage.owner import actor
    from nas.storage.records import TokenScope
    from nas.web.tokens import new_token

    if expires is not None and expires <= 0:
        raise click.UsageError("--expires: expected a time above 0, such as 30d")
    if expires is not None and expires > LONGEST_SECONDS:
        raise click.UsageError("--expires: expected at most 36500d; leave it out for a token without an end")
    with open_storage(database) as storage:
        secret, kept = new_token(storage, name, TokenScope(scope), actor(), seconds=expires)
    if as_json:
        click.echo(json.dumps({"token": secret, **as_plain(kept)}))
    else:
        click.echo(secret)
        click.echo(f"{words(kept)}; it is shown this once", err=True)


@token.command("list", epilog=example("nas token list", "nas token list --json"))
@database_option
@json_option
def list_tokens(database: str, as_json: bool) -> None:
    """Lists the tokens, oldest first, the revoked and expired ones too; none is shown."""
    from nas.cli.tokens import as_plain, as_text
    from nas.storage.open import open_storage

    with open_storage(database, read_only=True) as storage:
        tokens = storage.tokens()
    click.echo(json.dumps([as_plain(token) for token in tokens]) if as_json else as_text(tokens))


@token.command(epilog=example("nas token revoke ci"))
@click.argument("name")
@database_option
def revoke(name: str, database: str) -> None:
    """Ends a token: from now on it is worth nothing, and what was begun with it ends too."""
    from nas.storage.open import has_database, open_storage
    from nas.storage.owner import actor
    from nas.web.tokens import live

    is_missing = not has_database(database)  # an error for those who read, made for those who write
    with open_storage(database, read_only=is_missing) as storage:
        storage.revoke_token(name, actor())
        left = live(storage.tokens())
    click.echo(f"token {name} is revoked")
    if not left:
        click.echo("no token is live: dashboards let nobody in until `nas token create` makes one", err=True)
