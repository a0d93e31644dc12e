"""`nas init`: writes a commented configuration file."""

from pathlib import Path

import click

from nas.cli.options import example


@click.command(epilog=example("nas init", "nas init cifar.toml"))
@click.argument("path", metavar="[FILE]", type=click.Path(path_type=Path), default="search.toml")
def init(path: Path) -> None:
    """Writes a commented configuration file.

    FILE (search.toml) then holds every setting of a search with its default and what it means.
    """
    from nas.cli.template import config_template
    from nas.errors import ConfigError

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(config_template())
    except FileExistsError as error:
        raise ConfigError(
            f"{path}: expected no such file, got one; delete it, or name another: nas init OTHER.toml"
        ) from error
    except OSError as error:
        raise ConfigError(f"{path}: expected a file that can be written, got: {error.strerror}") from error
    click.echo(f"wrote {path}; next: nas search {path}")
