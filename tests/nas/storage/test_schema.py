"""Tables on both databases: as the models say, guarded, and never made in somebody else's database."""

import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

import nas
from nas.errors import StorageError
from nas.storage import connection as connections
from nas.storage import schema
from nas.storage.address import parse_url
from nas.storage.connection import build_engine, for_writing, transaction
from nas.storage.models import Base
from nas.storage.open import open_storage
from nas.storage.records import SearchState
from nas.storage.waiting import Waiting
from nas.trial import Feedback
from tests.nas.storage.examples import SEARCH, begin, new_trial, run_trial
from tests.nas.storage.postgresql import Server


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = build_engine(parse_url(url), read_only=False)
    try:
        with transaction(for_writing(engine)) as connection:
            yield connection
    finally:
        engine.dispose()


def execute(url: str, statement: str) -> list[tuple]:
    with connected(url) as connection:
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def test_the_migrations_make_what_the_models_say(url: str) -> None:
    with connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, Base.metadata) == []
        assert {name[:4] for name in inspect(connection).get_table_names()} == {"nas_"}


def test_both_write_the_same_rules(url: str) -> None:
    """Autogenerate does not look at CHECK constraints."""
    with connected(url) as connection:
        for table in Base.metadata.sorted_tables:
            wanted = {str(c.name) for c in table.constraints if str(c.name).startswith("ck_")}
            assert {c["name"] for c in inspect(connection).get_check_constraints(table.name)} == wanted


def test_the_newest_revision_is_the_one_that_is_read() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == schema.REVISION
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE nas_trials SET reward = 0.1 WHERE number = 0",
        "UPDATE nas_trials SET objectives = '[0.5, -1.0]' WHERE number = 0",
        "UPDATE nas_trials SET state = 'running', reward = NULL WHERE number = 0",
        "UPDATE nas_trials SET architecture = '{}' WHERE number = 1",
        "UPDATE nas_trials SET baseline = 0.2 WHERE number = 0",
        "UPDATE nas_trials SET told_event = 9 WHERE number = 0",
        "UPDATE nas_trials SET state = 'lost' WHERE number = 2",
        "UPDATE nas_trials SET state = 'completed' WHERE number = 2",
        "UPDATE nas_trials SET state = 'failed' WHERE number = 2",
        "UPDATE nas_trials SET told_event = 3 WHERE number = 2",
        "UPDATE nas_trials SET number = 1 WHERE number = 2",
        "UPDATE nas_trials SET number = -1 WHERE number = 2",
        "UPDATE nas_trials SET search_id = 99 WHERE number = 2",
        "UPDATE nas_searches SET state = 'sleeping'",
        "UPDATE nas_searches SET state = 'paused'",
        "UPDATE nas_searches SET owner = NULL",
        "UPDATE nas_searches SET failed = 3",
        "UPDATE nas_searches SET completed = 0, failed = 0",
        "UPDATE nas_searches SET completed = -1",
    ],
)
def test_the_database_guards_itself(url: str, change: str) -> None:
    with open_storage(url) as storage:
        search, lease = begin(storage)
        told = run_trial(storage, lease, 0.5)
        run_trial(storage, lease, None, number=1)
        storage.add_trials(lease, [new_trial(2)])
        storage.record_tell(lease, [told.trial_id], Feedback((0.4,)))
        before = (storage.searches(), storage.trials(search.search_id))
        with pytest.raises(
            StorageError, match=r"(?i)constraint|a finished trial never changes|a trial goes from"
        ):
            execute(url, change)
        assert (storage.searches(), storage.trials(search.search_id)) == before


def test_a_new_file_is_opened_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    with open_storage(url) as storage:
        storage.create_search(SEARCH)
    with open_storage(url) as storage, open_storage(url, read_only=True) as reader:
        assert storage.searches() == reader.searches() != []
    assert execute(url, "PRAGMA journal_mode") == [("wal",)]
    assert execute(url, "SELECT version_num FROM nas_alembic_version") == [(schema.REVISION,)]
    assert ("written_by", nas.__version__) in execute(url, "SELECT key, value FROM nas_meta")


def test_reading_writes_nothing(url: str) -> None:
    with open_storage(url) as storage:
        _, lease = begin(storage)
    with open_storage(url, read_only=True) as reader:
        for attempt in (
            lambda: reader.release(lease, SearchState.PAUSED),
            lambda: reader.create_search(SEARCH),
        ):
            with pytest.raises(StorageError, match=r"(?i)read.?only"):
                attempt()
        assert reader.search(SEARCH.name).state is SearchState.RUNNING


def test_reading_makes_nothing(tmp_path: Path, server: Server) -> None:
    with pytest.raises(
        StorageError, match=r"nas.db: expected a database, got no such file; `nas search` makes one"
    ):
        open_storage(f"sqlite:///{tmp_path}/nas.db", read_only=True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty.db").touch()
    for url in (f"sqlite:///{tmp_path}/empty.db", server.create_database("unused")):
        with pytest.raises(
            StorageError, match=f"expected schema {schema.REVISION}, got no tables of this product"
        ):
            open_storage(url, read_only=True)
    assert (tmp_path / "empty.db").stat().st_size == 0


def test_a_newer_schema(url: str) -> None:
    execute(url, "UPDATE nas_alembic_version SET version_num = '9001'")
    execute(url, "UPDATE nas_meta SET value = '7.5' WHERE key = 'written_by'")
    try:
        expected = (
            rf"{schema.REVISION} or older, got 9001, written by nas 7\.5; this is nas {nas.__version__}"
        )
        for read_only in (False, True):
            with pytest.raises(StorageError, match=expected):
                open_storage(url, read_only=read_only)
    finally:
        execute(url, f"UPDATE nas_alembic_version SET version_num = '{schema.REVISION}'")


def test_an_older_schema_is_not_read(sqlite_url: str) -> None:
    """Nor written to; what an upgrade keeps is tested with `nas.storage.upgrade`."""
    execute(sqlite_url, "UPDATE nas_alembic_version SET version_num = '0000'")
    for read_only in (False, True):
        with pytest.raises(
            StorageError, match=f"expected schema {schema.REVISION}, got 0000, written by nas"
        ):
            open_storage(sqlite_url, read_only=read_only)


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE studies (id INTEGER)")
    connection.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(
            StorageError, match="got tables of another program: studies; name another database"
        ):
            open_storage(f"sqlite:///{path}", read_only=read_only)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_file_that_another_has_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LOCK_SECONDS", 0.02)
    url = f"sqlite:///{tmp_path}/new.db"
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="database is locked; another program"):
            open_storage(url, waiting=Waiting(0.1))
    open_storage(url).close()


def test_a_postgresql_database_may_be_shared(server: Server) -> None:
    url = server.create_database("theirs")
    server.execute("CREATE TABLE studies (id INTEGER)", "theirs")
    with open_storage(url) as storage:
        storage.create_search(SEARCH)
    url = server.create_database("lookalike")
    server.execute("CREATE TABLE nas_trials (id INTEGER)", "lookalike")
    with pytest.raises(StorageError, match="got tables of another program: nas_trials"):
        open_storage(url)


def _open_and_create(url: str, name: str) -> int:
    with open_storage(url) as storage:
        return storage.create_search(replace(SEARCH, name=name)).search_id


@pytest.mark.slow
def test_many_processes_make_one_database(tmp_path: Path, server: Server) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        for url in (f"sqlite:///{tmp_path}/new.db", server.create_database("contested")):
            ids = pool.starmap(_open_and_create, [(url, f"s{number}") for number in range(8)], chunksize=1)
            assert sorted(ids) == list(range(1, 9))
