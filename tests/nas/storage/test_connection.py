"""Transactions: two writers lose nothing, what fails leaves nothing, and what passes by itself is waited for."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from nas.errors import StorageError
from nas.storage import connection as connections
from nas.storage import waiting as waits
from nas.storage.address import parse_url
from nas.storage.connection import (
    build_engine,
    for_writing,
    read,
    transaction,
    use_write_ahead_log,
    write,
)
from nas.storage.open import open_storage
from nas.storage.waiting import Waiting
from tests.nas.storage.examples import SEARCH
from tests.nas.storage.postgresql import PASSWORD, Server

INCREMENTS = 100
BRIEF, PATIENT = Waiting(0), Waiting(60)
ADD = text("INSERT INTO nas_meta VALUES ('added', '')")
COUNT = text("SELECT count(*) FROM nas_meta WHERE key = 'added'")
REMOVE = text("DELETE FROM nas_meta WHERE key = 'added'")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = build_engine(parse_url(url), read_only=False)
    write(engine, remove, PATIENT)
    yield engine
    write(engine, remove, PATIENT)
    engine.dispose()


def add(connection: Connection) -> None:
    connection.execute(ADD)


def remove(connection: Connection) -> None:
    connection.execute(REMOVE)


def added(engine: Engine) -> int:
    return read(engine, lambda connection: int(connection.execute(COUNT).scalar_one()), PATIENT)


def _increment(url: str, together: Barrier) -> None:
    """Reads a counter, then writes what follows: the pattern that SQLite's own transactions get wrong."""
    engine = build_engine(parse_url(url), read_only=False)

    def raise_event(connection: Connection) -> None:
        lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
        event = connection.execute(text(f"SELECT event FROM nas_searches{lock}")).scalar_one()
        connection.execute(text("UPDATE nas_searches SET event = :event"), {"event": event + 1})

    read(engine, lambda _: None, PATIENT)
    together.wait()
    for _ in range(INCREMENTS):
        write(engine, raise_event, PATIENT)
    engine.dispose()


def test_two_writers_lose_nothing(url: str) -> None:
    with open_storage(url) as storage:
        storage.create_search(SEARCH)
        context = multiprocessing.get_context("spawn")
        together = context.Barrier(2)
        writers = [context.Process(target=_increment, args=(url, together)) for _ in range(2)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert [writer.exitcode for writer in writers] == [0, 0]
        assert storage.search(SEARCH.name).event == 2 * INCREMENTS


def test_a_sqlite_writer_has_the_lock_before_it_reads(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOCK_SECONDS", 0.02)
    first, second = (build_engine(parse_url(sqlite_url), read_only=False) for _ in range(2))
    with transaction(for_writing(first)):
        with pytest.raises(StorageError, match="database is locked; another program keeps it locked"):
            write(second, lambda _: pytest.fail("both have the lock"), BRIEF)
        assert added(second) == 0
    first.dispose()
    second.dispose()


def test_how_sqlite_is_set_up(sqlite_url: str) -> None:
    engine = build_engine(parse_url(sqlite_url), read_only=False)
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
    found = read(engine, lambda c: [c.scalar(text(f"PRAGMA {name}")) for name in names], BRIEF)
    engine.dispose()
    assert found == ["wal", 1, 1, 5_000, 0]


def test_how_postgresql_is_set_up(postgresql_url: str) -> None:
    names = (
        *("transaction_isolation", "lock_timeout", "idle_in_transaction_session_timeout"),
        "transaction_read_only",
    )
    for read_only in (False, True):
        engine = build_engine(parse_url(postgresql_url), read_only=read_only)
        found = read(engine, lambda c: [c.scalar(text(f"SHOW {name}")) for name in names], BRIEF)
        engine.dispose()
        assert found == ["read committed", "5s", "1min", "on" if read_only else "off"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_is_raised_nothing_is_written(engine: Engine, error: type[BaseException]) -> None:
    def add_and_raise(connection: Connection) -> None:
        add(connection)
        raise error

    with pytest.raises(error):
        write(engine, add_and_raise, PATIENT)
    assert added(engine) == 0


def test_the_databases_own_words(engine: Engine) -> None:
    with pytest.raises(StorageError, match=r"^(sqlite|postgresql\+psycopg):.*nowhere") as caught:
        read(engine, lambda connection: connection.execute(text("SELECT * FROM nowhere")), PATIENT)
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_lock_is_waited_for_and_told_of(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LOCK_SECONDS", 0.05)
    monkeypatch.setattr(waits, "SAY_FIRST_SECONDS", 0.2)
    monkeypatch.setattr(waits, "SAY_EVERY_SECONDS", 0.3)
    engine = build_engine(parse_url(sqlite_url), read_only=False)
    other = sqlite3.connect(
        sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            other.execute("ROLLBACK")

    write(engine, add, Waiting(60, say=say))
    assert added(engine) == 1
    assert len(said) == 4
    assert all("database is locked; waited " in line and "waiting for another" in line for line in said[:3])
    assert said[3].startswith(f"{sqlite_url}: there again after")
    other.close()
    engine.dispose()


HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(30)
connection.execute("ROLLBACK")
"""


@pytest.mark.faults
def test_a_foreign_program_locks_for_half_a_minute(sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    engine = build_engine(parse_url(sqlite_url), read_only=False)
    said: list[str] = []
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        write(engine, add, Waiting(300, say=said.append))
        assert other.wait() == 0
    assert added(engine) == 1
    assert "waited 5 s" in said[0]
    assert "there again" in said[-1]
    engine.dispose()


@pytest.mark.parametrize("lost_at", ["before", "inside", "commit"])
def test_an_ended_connection_is_made_again(server: Server, postgresql_url: str, lost_at: str) -> None:
    """A backend that is ended between two transactions, in the midst of one, and just before its commit."""
    database = postgresql_url.rpartition("/")[2]
    engine = build_engine(parse_url(postgresql_url), read_only=False)
    write(engine, remove, PATIENT)
    tries: list[int] = []

    def add_with_loss(connection: Connection) -> None:
        tries.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        if lost_at == "inside" and len(tries) == 1:
            assert server.terminate_backends(database) >= 1
        add(connection)
        if lost_at == "commit" and len(tries) == 1:
            assert server.terminate_backends(database) >= 1

    if lost_at == "before":
        assert added(engine) == 0
        assert server.terminate_backends(database) >= 1
    write(engine, add_with_loss, PATIENT)
    assert len(set(tries)) == len(tries) == (1 if lost_at == "before" else 2)
    assert added(engine) == 1
    write(engine, remove, PATIENT)
    engine.dispose()


def test_a_server_that_stands_still(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection stands, nothing comes: it is given up, and the work is done over another one."""
    monkeypatch.setattr(connections, "SILENCE_SECONDS", 0.4)
    engine = build_engine(parse_url(postgresql_url), read_only=False)
    write(engine, remove, PATIENT)
    tries: list[int] = []

    def add_over_a_stopped_one(connection: Connection) -> None:
        tries.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        if len(tries) == 1:
            os.kill(tries[0], signal.SIGSTOP)
        add(connection)

    try:
        write(engine, add_over_a_stopped_one, PATIENT)
        assert len(set(tries)) == len(tries) == 2
        with pytest.raises(StorageError, match=r"got none for 0\.4 s: the server stands still") as caught:
            read(engine, lambda connection: connection.execute(text("SELECT pg_sleep(30)")), BRIEF)
        assert PASSWORD not in str(caught.value)
    finally:
        os.kill(tries[0], signal.SIGCONT)
    assert added(engine) == 1
    write(engine, remove, PATIENT)
    engine.dispose()


def test_a_server_that_becomes_a_replica(server: Server) -> None:
    """A failover: what is connected may only read, all of it; who connects anew finds the server that can write."""
    url = server.new_database()
    name = url.rpartition("/")[2]
    engine = build_engine(parse_url(url), read_only=False)
    server.execute("CREATE TABLE nas_meta (key text, value text)", name)
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with engine.connect(), engine.connect():
        pass  # two connections in the pool
    server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    tries: list[int] = []

    def add_and_count(connection: Connection) -> None:
        tries.append(1)
        add(connection)

    write(engine, add_and_count, PATIENT)
    assert (len(tries), added(engine)) == (2, 1)
    engine.dispose()


def test_a_disk_without_a_write_ahead_log(tmp_path: Path) -> None:
    """SQLite's way of locking where nothing can be shared: it keeps to its old log, and says so only if asked."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"file:{tmp_path}/nas.db?vfs=unix-dotfile", uri=True, isolation_level=None)

    engine = create_engine("sqlite://", creator=connect)
    event.listen(
        engine, "begin", lambda c: c.exec_driver_sql(c.get_execution_options().get("nas_begin", "BEGIN"))
    )
    with pytest.raises(
        StorageError, match=r"write-ahead log, got one with journal mode delete: .* on another disk"
    ):
        use_write_ahead_log(engine, BRIEF)
    engine.dispose()


def test_a_database_that_stays_away(sqlite_url: str) -> None:
    said: list[str] = []
    engine = build_engine(parse_url(f"postgresql://me:{PASSWORD}@127.0.0.1:1/nas"), read_only=False)
    with pytest.raises(
        StorageError, match=r"refused.*; waited 1 s for it; check that the server runs"
    ) as caught:
        read(engine, lambda _: None, Waiting(1, say=said.append))
    assert PASSWORD not in str(caught.value)
    with pytest.raises(StorageError, match="refused"):
        read(engine, lambda _: None, Waiting(3600, is_over=lambda: True))
    assert said == []


def test_ctrl_c_ends_the_waiting() -> None:
    engine = build_engine(parse_url("postgresql://me@127.0.0.1:1/nas"), read_only=False)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        read(engine, lambda _: None, Waiting(3600))
