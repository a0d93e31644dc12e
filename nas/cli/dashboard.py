"""`nas dashboard`: the service, until it is ended."""

from pathlib import Path

import click

from nas.cli.options import database_option, example

# Of `nas.web.settings`, which is not imported for a help text.
DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8765


@click.command(
    epilog=example(
        "nas dashboard",
        "nas dashboard --db postgresql+psycopg://me@host/nas --data photos=/data/photos",
        "nas dashboard --host 0.0.0.0 --allow-host nas.example.org",
    )
)
@database_option
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--allow-host", "allowed_hosts", metavar="NAME", multiple=True, help="Another name it may be called by."
)
@click.option(
    "--exports",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("nas-exports"),
    show_default=True,
    help="Directory for networks that are handed over.",
)
@click.option(
    "--max-searches",
    type=click.IntRange(0, 1000),
    default=1,
    show_default=True,
    help="Searches handed in that run at once; 0 takes none in.",
)
@click.option(
    "--data",
    "datasets",
    metavar="NAME=PLACE",
    multiple=True,
    help="A data set that a search handed in may name, beside digits.",
)
@click.option("--ray-address", help="Ray cluster for searches handed in, as 10.0.0.5:6379.")
@click.option("--require-token", is_flag=True, help="Want a token of everybody, on this machine too.")
def dashboard(
    database: str,
    host: str,
    port: int,
    allowed_hosts: tuple[str, ...],
    exports: Path,
    max_searches: int,
    datasets: tuple[str, ...],
    ray_address: str | None,
    require_token: bool,
) -> None:
    """Serves live pages and the API, until Ctrl-C.

    Searches need none of it, and do not notice it. It listens on this machine alone, where everybody may look and act,
    unless there are tokens: `nas token create` makes one. Beyond this machine it wants one of everybody; put it behind
    a proxy with TLS there. Exits with 0 after SIGTERM and with 130 after Ctrl-C, with 1 where the port is taken.
    """
    from nas.cli.serving import allowed_host, named_place, serve
    from nas.web.settings import WebSettings

    code = serve(
        WebSettings(
            database=database,
            host=host,
            port=port,
            allowed_hosts=tuple(map(allowed_host, allowed_hosts)),
            exports=exports.absolute(),
            max_searches=max_searches,
            ray_address=ray_address,
            datasets={"digits": "digits", **dict(map(named_place, datasets))},
            require_token=require_token,
        )
    )
    raise click.exceptions.Exit(code)
