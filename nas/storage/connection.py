"""Engines and transactions: how a connection to SQLite or PostgreSQL is set up, and how it is insisted on.

SQLite's own transactions begin with the first write, after the reads the write was computed from: two processes then
overwrite each other's counters without any error. So every writing transaction begins with `BEGIN IMMEDIATE`.

A database that is away, locked or full is tried again and again, see `nas.storage.waiting`, never with a transaction
held open meanwhile. Where the answer to a COMMIT was lost nobody knows whether it has happened: before the work is done
again, in the same new transaction, `happened` looks.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Dialect, Engine, RootTransaction, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from nas.errors import StorageError
from nas.storage.address import shown
from nas.storage.moved import FileWatch
from nas.storage.troubles import Trouble, database_errors, described, silence_of, translated, trouble_of
from nas.storage.waiting import Wait, Waiting

LOCK_SECONDS = 5
"""How long a database waits for a lock by itself, before it is asked again."""
CONNECT_SECONDS = 5
SILENCE_SECONDS = 60.0
"""How long a server may take for a statement of a search or of a list of them."""
LONG_SILENCE_SECONDS = 3600.0
"""The same for work on the database as a whole."""

_BEGIN = "nas_begin"
_IMMEDIATELY = "BEGIN IMMEDIATE"

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Happened(Generic[Result]):
    """What a transaction gave back whose answer was lost on the way."""

    result: Result


def read(engine: Engine, work: Callable[[Connection], Result], waiting: Waiting) -> Result:
    """Returns what `work` finds in a transaction; raises `StorageError` where the database does not come back in time.

    `work` may be called several times.
    """
    return _insist(engine, work, work, waiting)


def write(
    engine: Engine,
    work: Callable[[Connection], Result],
    waiting: Waiting,
    *,
    happened: Callable[[Connection], Happened[Result] | None] | None = None,
) -> Result:
    """Does `work` in a transaction that can write, and returns what it gave; raises `StorageError`, as `read` does.

    Where an attempt failed after its transaction had begun, the next one asks `happened` first, whose answer, None or
    the result, decides. It should lock, on PostgreSQL, the row that decides: what was lost may yet arrive. Without
    `happened` the work must be such that doing it twice does no harm.
    """

    def look_first(connection: Connection) -> Result:
        found = happened(connection) if happened else None
        return work(connection) if found is None else found.result

    return _insist(for_writing(engine), work, look_first, waiting)


def _insist(
    engine: Engine,
    work: Callable[[Connection], Result],
    again: Callable[[Connection], Result],
    waiting: Waiting,
) -> Result:
    wait = None
    while True:
        began = time.monotonic()
        attempt = _Attempt(engine)
        try:
            result = attempt.do(work)
        except database_errors(engine) as error:
            # What the attempt itself may have waited counts; a long piece of work that broke at its end does not.
            waited = max(LOCK_SECONDS, silence_of(error))
            wait = wait or Wait(waiting, waited_seconds=min(time.monotonic() - began, waited))
            _wait_or_raise(error, engine, wait, waiting)
            work = again if attempt.has_begun else work
        else:
            if wait:
                wait.end(shown(engine.url))
            return result


def _wait_or_raise(error: Exception, engine: Engine, wait: Wait, waiting: Waiting) -> None:
    trouble = trouble_of(error, engine)
    if trouble is Trouble.AWAY:
        engine.dispose()  # what else is in the pool led to the same server, which may look well for all that
    in_vain = trouble is None or (trouble is Trouble.FULL and not waiting.for_disk)
    if in_vain or not wait.goes_on(lambda: described(error, engine)):
        raise translated(error, engine, wait.seconds) from error


class _Attempt:
    """One transaction. Its rollback never hides why it was rolled back, Ctrl-C not least."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.has_begun = False

    def do(self, work: Callable[[Connection], Result]) -> Result:
        with self._engine.connect() as connection:
            transaction = connection.begin()
            self.has_begun = True
            try:
                result = work(connection)
                transaction.commit()
            except BaseException as error:
                self._undo(connection, transaction, error)
                raise
            return result

    def _undo(self, connection: Connection, transaction: RootTransaction, error: BaseException) -> None:
        if trouble_of(error, self._engine) is Trouble.AWAY:
            connection.invalidate()
            return
        try:
            transaction.rollback()
        except database_errors(self._engine):
            connection.invalidate()


def build_engine(
    url: URL, *, read_only: bool, keeps_log: bool = False, silence: float | None = None
) -> Engine:
    """Returns the engine for a URL of `parse_url`; connects to nothing yet.

    With `keeps_log` SQLite does not fold its log into the file, as it otherwise does when the last process leaves. A
    server that says nothing for `silence` seconds, `SILENCE_SECONDS` by default, is away: see `nas.storage.silence`.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, read_only, keeps_log)
    return _postgresql_engine(url, read_only, SILENCE_SECONDS if silence is None else silence)


def _postgresql_engine(url: URL, read_only: bool, silence: float) -> Engine:
    from nas.storage.silence import WatchedConnection

    options = {
        "lock_timeout": f"{LOCK_SECONDS}s",
        "idle_in_transaction_session_timeout": "60s",
    }
    if read_only:  # and otherwise what the user or the database is set to: it may be a replica
        options["default_transaction_read_only"] = "on"
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            # A server whose machine is gone never says so: without these a process would wait for hours.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
            "application_name": "nas",
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )

    def connect(_: Dialect, __: ConnectionPoolEntry, arguments: list[Any], settings: dict[str, Any]) -> Any:
        connection = WatchedConnection.connect(*arguments, **settings)
        connection.silence = silence
        return connection

    event.listen(engine, "do_connect", connect)
    return engine


def _sqlite_engine(url: URL, read_only: bool, keeps_log: bool) -> Engine:
    def connect_without_writing() -> SqliteConnection:
        file = quote(str(Path(url.database or "").absolute()))
        return sqlite3.connect(
            f"file:{file}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )

    # isolation_level None: the driver begins no transactions itself. Named parameters: see `nas.storage.prepared`.
    connect = {"creator": connect_without_writing} if keeps_log else {}
    watch = FileWatch(Path(url.database or "").absolute())
    engine = create_engine(url, connect_args={"isolation_level": None}, paramstyle="named", **connect)

    def set_up(connection: SqliteConnection, _: ConnectionPoolEntry) -> None:
        for pragma in (
            f"busy_timeout = {LOCK_SECONDS * 1000}",
            "foreign_keys = ON",
            "synchronous = NORMAL",  # with the write-ahead log: nothing is lost when a process dies
            f"query_only = {'ON' if read_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        watch.opened()

    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if not read_only and isinstance(driver, SqliteConnection):
            watch.check(driver)
        connection.connection.cursor().execute(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin)
    return engine


def for_writing(engine: Engine) -> Engine:
    """Returns the engine, sharing connections, whose transactions take SQLite's write lock when they begin."""
    if engine.get_execution_options().get(_BEGIN) == _IMMEDIATELY:
        return engine
    return engine.execution_options(**{_BEGIN: _IMMEDIATELY})


def use_write_ahead_log(engine: Engine, waiting: Waiting) -> None:
    """Sets a SQLite file, for good, to a log that lets readers read while another process writes."""
    # It cannot be set inside a transaction: it is set instead of beginning one.
    setter = engine.execution_options(**{_BEGIN: "PRAGMA journal_mode = WAL"})
    mode = _insist(setter, _journal_mode, _journal_mode, waiting)
    if mode != "wal":
        raise StorageError(
            f"{shown(engine.url)}: expected a disk for SQLite's write-ahead log, got one with journal mode {mode}: "
            "processes cannot share memory there; name a file on another disk"
        )


def _journal_mode(connection: Connection) -> str:
    return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Commits at the end of the block, rolls back when it raises, and gives the database's errors as `StorageError`.

    For work that cannot be done again by itself: nothing is waited for but locks, and those for 5 s.
    """
    with _translating(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def _translating(engine: Engine) -> Iterator[None]:
    try:
        yield
    except database_errors(engine) as error:
        raise translated(error, engine) from error
