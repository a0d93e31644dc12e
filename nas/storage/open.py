"""From a database URL to a storage that is ready to use."""

from pathlib import Path

from sqlalchemy import URL

from nas.errors import StorageError
from nas.storage.address import parse_url, shown
from nas.storage.connection import build_engine
from nas.storage.contract import Storage
from nas.storage.schema import prepare
from nas.storage.sql import SqlStorage


def open_storage(url: str, *, read_only: bool = False) -> Storage:
    """Returns the storage at `url`; makes the tables where there are none, and upgrades older ones.

    With `read_only` nothing is ever written, and a database that does not exist is an error. Raises `DatabaseUrlError`
    for a URL that cannot be used, `StorageError` for a database that cannot be reached, is damaged, belongs to another
    program or to a newer version of this one.

    >>> open_storage("my.db")
    Traceback (most recent call last):
    nas.errors.DatabaseUrlError: database 'my.db': expected sqlite:///FILE or ...; for a file write sqlite:///my.db
    """
    address = parse_url(url)
    if read_only and _is_missing(address):
        raise StorageError(f"{shown(address)}: expected a database, got no such file; `nas search` makes one")
    engine = build_engine(address, read_only=read_only)
    try:
        prepare(engine, read_only=read_only)
    except StorageError:
        engine.dispose()
        raise
    return SqlStorage(engine)


def has_database(url: str) -> bool:
    """Whether there is something to open: False for a file that does not exist. Raises `DatabaseUrlError`."""
    return not _is_missing(parse_url(url))


def _is_missing(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
