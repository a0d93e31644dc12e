import multiprocessing
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import text

from nas.errors import StorageError
from nas.storage.address import parse_url
from nas.storage.connection import build_engine, for_writing, transaction
from nas.storage.contract import Storage
from nas.storage.open import open_storage
from tests.nas.storage.examples import SEARCH

INCREMENTS = 100


def _increment(url: str, together: Barrier) -> None:
    """Reads a counter, then writes what follows: the pattern that SQLite's own transactions get wrong."""
    engine = build_engine(parse_url(url), read_only=False)
    with transaction(engine) as connection:
        lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
    together.wait()
    for _ in range(INCREMENTS):
        with transaction(for_writing(engine)) as connection:
            event = connection.scalar(text(f"SELECT event FROM nas_searches{lock}"))
            connection.execute(text("UPDATE nas_searches SET event = :event"), {"event": event + 1})
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


def test_a_sqlite_writer_has_the_lock_before_it_reads(sqlite_url: str) -> None:
    first, second = (build_engine(parse_url(sqlite_url), read_only=False) for _ in range(2))
    raw = second.raw_connection()
    raw.cursor().execute("PRAGMA busy_timeout = 20")
    raw.close()
    with transaction(for_writing(first)):
        with (
            pytest.raises(StorageError, match="database is locked; another program"),
            transaction(for_writing(second)),
        ):
            pytest.fail("both have the lock")
        with transaction(second) as reader:
            assert reader.scalar(text("SELECT count(*) FROM nas_searches")) == 0
    first.dispose()
    second.dispose()


def test_how_sqlite_is_set_up(sqlite_url: str) -> None:
    engine = build_engine(parse_url(sqlite_url), read_only=False)
    with transaction(engine) as connection:
        found = {
            name: connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        }
    engine.dispose()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 60_000,
        "query_only": 0,
    }


def test_how_postgresql_is_set_up(postgresql_url: str) -> None:
    engine = build_engine(parse_url(postgresql_url), read_only=False)
    with transaction(engine) as connection:
        found = {
            name: connection.scalar(text(f"SHOW {name}"))
            for name in ("transaction_isolation", "lock_timeout", "idle_in_transaction_session_timeout")
        }
    engine.dispose()
    assert found == {
        "transaction_isolation": "read committed",
        "lock_timeout": "1min",
        "idle_in_transaction_session_timeout": "1min",
    }


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_is_raised_nothing_is_written(url: str, error: type[BaseException]) -> None:
    def write_and_raise(storage: Storage) -> None:
        with transaction(storage._writer) as connection:
            connection.execute(text("DELETE FROM nas_searches"))
            raise error

    with open_storage(url) as storage:
        storage.create_search(SEARCH)
        with pytest.raises(error):
            write_and_raise(storage)
        assert len(storage.searches()) == 1


def test_the_databases_own_words(url: str) -> None:
    engine = build_engine(parse_url(url), read_only=False)
    with (
        pytest.raises(StorageError, match=r"^(sqlite|postgresql\+psycopg):.*nowhere"),
        transaction(engine) as connection,
    ):
        connection.execute(text("SELECT * FROM nowhere"))
    engine.dispose()
