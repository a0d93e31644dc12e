"""From a database URL to a storage that is ready to use."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine

from nas.errors import StorageError
from nas.storage.address import parse_url, shown
from nas.storage.connection import LONG_SILENCE_SECONDS, build_engine
from nas.storage.contract import Storage
from nas.storage.files import check_file, is_missing
from nas.storage.schema import prepare
from nas.storage.sql import SqlStorage
from nas.storage.waiting import Waiting


def open_storage(url: str, *, read_only: bool = False, waiting: Waiting | None = None) -> Storage:
    """Returns the storage at `url`; makes the tables where there are none.

    With `read_only` nothing is ever written, and a database that does not exist is an error. Raises `DatabaseUrlError`
    for a URL that cannot be used, `StorageError` for a database that cannot be reached, is damaged, belongs to another
    program or to another version of this one. `waiting` holds as long as the storage is open; a server that has never
    answered is waited for only briefly.

    >>> open_storage("my.db")
    Traceback (most recent call last):
    nas.errors.DatabaseUrlError: database 'my.db': expected sqlite:///FILE or ...; for a file write sqlite:///my.db
    """
    address = parse_url(url)
    waiting = waiting or Waiting()
    if read_only:
        _check_exists(address)
    check_file(address)
    engine = build_engine(address, read_only=read_only)
    try:
        prepare(engine, read_only=read_only, waiting=waiting)
    except BaseException:
        engine.dispose()
        raise
    return SqlStorage(engine, waiting)


@contextmanager
def open_engine(url: str, *, read_only: bool) -> Iterator[Engine]:
    """Gives the engine of a database that exists, whatever is in it: for work on the database as a whole."""
    address = parse_url(url)
    _check_exists(address)
    check_file(address)
    engine = build_engine(address, read_only=read_only, silence=LONG_SILENCE_SECONDS)
    try:
        yield engine
    finally:
        engine.dispose()


def has_database(url: str) -> bool:
    """Whether there is something to open: False for a file that does not exist. Raises `DatabaseUrlError`."""
    return not is_missing(parse_url(url))


def _check_exists(address: URL) -> None:
    if is_missing(address):
        raise StorageError(f"{shown(address)}: expected a database, got no such file; `nas search` makes one")
