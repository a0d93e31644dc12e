"""Engines: how a connection to SQLite or PostgreSQL is set up, and what its errors mean in the product's terms.

SQLite's own transactions begin with the first write, after the reads the write was computed from: two processes then
overwrite each other's counters without any error. So every writing transaction begins with `BEGIN IMMEDIATE`.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from nas.errors import StorageError
from nas.storage.address import shown

LOCK_SECONDS = 60
"""How long a writer waits for another one."""
CONNECT_SECONDS = 5
RECONNECT_SECONDS = 10.0
"""How long a database that was there may be away: about four times what a restart of PostgreSQL takes."""

_BEGIN = "nas_begin"

_UNREACHABLE, _MISUSED = "unreachable", "misused"
_AWAY = (_UNREACHABLE, "57P01", "57P02", "57P03")  # PostgreSQL is stopping, has crashed, is starting
# SQLite's names of its results, PostgreSQL's codes of its errors -> what to do.
_ADVICE = {
    _UNREACHABLE: "check that the server runs, and host, port, user, password and database name",
    "SQLITE_NOTADB": "name a file that this product made, or one that does not exist yet",
    "SQLITE_CORRUPT": "restore it from a copy; `sqlite3 FILE .recover` may save the rest",
    "SQLITE_FULL": "free space on that disk, then --resume the search",
    "SQLITE_READONLY": "make the file and its directory writable",
    "SQLITE_CANTOPEN": "make the file and its directory readable and writable",
    "SQLITE_BUSY": f"another program has kept it locked for {LOCK_SECONDS} s; stop that one",
    "42501": "grant that user the right, or ask for one who has it",
    "25006": "it is a replica or was opened for reading; name one that can be written",
}


def build_engine(url: URL, *, read_only: bool) -> Engine:
    """Returns the engine for a URL of `parse_url`; connects to nothing yet."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, read_only)
    options = {
        "lock_timeout": f"{LOCK_SECONDS}s",
        "idle_in_transaction_session_timeout": "60s",
        "default_transaction_read_only": "on" if read_only else "off",
    }
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "nas",
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )


def _sqlite_engine(url: URL, read_only: bool) -> Engine:
    # isolation_level None: the driver begins no transactions itself. Named parameters: see `nas.storage.prepared`.
    engine = create_engine(url, connect_args={"isolation_level": None}, paramstyle="named")

    def set_up(connection: SqliteConnection, _: ConnectionPoolEntry) -> None:
        for pragma in (
            f"busy_timeout = {LOCK_SECONDS * 1000}",
            "foreign_keys = ON",
            "synchronous = NORMAL",  # with the write-ahead log: nothing is lost when a process dies
            f"query_only = {'ON' if read_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        connection.connection.cursor().execute(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin)
    return engine


def for_writing(engine: Engine) -> Engine:
    """Returns the engine, sharing connections, whose transactions take SQLite's write lock when they begin."""
    return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def use_write_ahead_log(engine: Engine) -> None:
    """Sets a SQLite file, for good, to a log that lets readers read while another process writes."""
    with _translating(engine), closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA journal_mode = WAL")


@contextmanager
def transaction(engine: Engine, *, patience_seconds: float = RECONNECT_SECONDS) -> Iterator[Connection]:
    """Commits at the end of the block, rolls back when it raises, and gives the database's errors as `StorageError`.

    A connection that is gone is noticed before the block begins and made again, for `patience_seconds`. One that is
    lost inside the block is an error: nobody can know whether the commit arrived, so nothing is tried twice.
    """
    with _translating(engine), _connect(engine, patience_seconds) as connection, connection.begin():
        yield connection


@contextmanager
def _translating(engine: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise _translated(getattr(error, "orig", None) or error, engine) from error
    except engine.dialect.loaded_dbapi.Error as error:
        raise _translated(error, engine) from error


def _connect(engine: Engine, patience_seconds: float) -> Connection:
    deadline = time.monotonic() + patience_seconds
    pause_seconds = 0.05
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            if _code(error.orig, engine) not in _AWAY or time.monotonic() + pause_seconds > deadline:
                raise
        time.sleep(pause_seconds)
        pause_seconds *= 2


def _translated(error: BaseException, engine: Engine) -> StorageError:
    """Returns the error in one line with the URL, what the database said, and what to do about it."""
    advice = _ADVICE.get(_code(error, engine))
    return StorageError("; ".join(filter(None, [f"{shown(engine.url)}: {_one_line(error)}", advice])))


def _code(error: BaseException | None, engine: Engine) -> str:
    """Returns SQLite's name or PostgreSQL's code for what happened, or that the database did not even say that."""
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    silent = isinstance(error, engine.dialect.loaded_dbapi.OperationalError)
    return str(code) if code else _UNREACHABLE if silent else _MISUSED


def _one_line(error: BaseException | None) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    return " ".join(filter(None, lines)).rstrip(".")
