"""What `nas dashboard` looks at before it serves, and what it says."""

import errno
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from nas.config import NAME_PATTERN
from nas.errors import ConfigError, StorageError
from nas.storage.address import redacted
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from nas.web.settings import WebSettings
from nas.web.tokens import live

PRIVATE = 0o077
BUILT_IN = "digits"


def serve(settings: WebSettings) -> int:
    """Serves until a signal ends it; returns the exit code. Raises `NasError` or `ClickException` where it cannot."""
    with _private_files():
        return _serve(settings)


def _serve(settings: WebSettings) -> int:
    tokens = _live_tokens(settings)
    with _listening(settings) as listening:
        from nas.web.app import build_app
        from nas.web.logs import set_up_logs
        from nas.web.server import Server, address_of

        set_up_logs()
        server = Server(build_app(settings))
        _say_where(settings, address_of(listening), tokens)
        return server.run_until_ended(listening)


@contextmanager
def _private_files() -> Iterator[None]:
    """Files and directories that are made in the block are read by their owner alone."""
    before = os.umask(PRIVATE)
    try:
        yield
    finally:
        os.umask(before)


def open_or_make(url: str) -> Storage:
    """Opens a database for reading; makes the tables where there are none yet, as `nas search` does."""
    try:
        return open_storage(url, read_only=True)
    except StorageError:
        return open_storage(url)  # says what is wrong where it is more than that


def named_place(text: str) -> tuple[str, str]:
    """Returns the name and the place of a data set out of NAME=PLACE."""
    name, separator, place = text.partition("=")
    if not separator or not re.fullmatch(NAME_PATTERN.rstrip("$"), name):
        raise ConfigError(
            "--data: expected NAME=PLACE, the name of letters, digits, dots, dashes and underscores, "
            f"as photos=/data/photos, got {text[:200]!r}"
        )
    if place != BUILT_IN and not Path(place).exists():
        raise ConfigError(f"--data: {name}: expected a data set at {place}, got no such file or directory")
    return name, place if place == BUILT_IN else str(Path(place).absolute())


def allowed_host(text: str) -> str:
    """Returns the name of a host; raises `ConfigError` where it is more than a name."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+", text):
        raise ConfigError(
            f"--allow-host: expected a name or an address alone, as nas.example.org, got {text[:200]!r}"
        )
    return text


def _live_tokens(settings: WebSettings) -> int:
    """Returns how many tokens are live; raises `ConfigError` where there are none and one would be wanted."""
    with open_or_make(settings.database) as storage:
        tokens = storage.tokens()
    alive = len(live(tokens))
    if alive or (settings.is_loopback and not settings.require_token and not tokens):
        return alive
    if not settings.is_loopback:
        why = f"--host {settings.host}"
    else:
        why = "--require-token" if settings.require_token else "tokens were made once"
    raise ConfigError(
        f"{why}: expected a live token in {redacted(settings.database)}, got none, so that nobody could come in; "
        "make one with `nas token create NAME --scope write`"
    )


def _listening(settings: WebSettings) -> socket.socket:
    from nas.web.server import listen

    where = f"{settings.host}:{settings.port}"
    try:
        return listen(settings)
    except socket.gaierror as error:
        raise ConfigError(
            f"--host: expected an address or a name of this machine, got {settings.host!r}"
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise ConfigError(
                f"--host: expected an address of this machine, got {settings.host!r}; 127.0.0.1 is one"
            ) from error
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"{where}: expected a free port, got one that another process listens on; name another with --port"
            ) from error
        raise click.ClickException(f"{where}: {error.strerror}; name another with --port") from error


def _say_where(settings: WebSettings, address: str, tokens: int) -> None:
    click.echo(f"nas dashboard on {address}, until Ctrl-C")
    click.echo(f"database: {redacted(settings.database)}")
    if tokens:
        click.echo(f"a token is wanted of everybody; {tokens} {'is' if tokens == 1 else 'are'} live")
    else:
        click.echo(
            "everybody on this machine may look and act; after `nas token create NAME` a token is wanted"
        )
    if not settings.is_loopback:
        click.echo(
            "warning: this is plain HTTP beyond this machine: who can read the network can read tokens; "
            "put a proxy with TLS in front of it",
            err=True,
        )
