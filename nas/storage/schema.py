"""What a database holds: nothing yet, our tables, those of another version, or another program's."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text

import nas
from nas.errors import StorageError
from nas.storage.address import shown
from nas.storage.connection import read, use_write_ahead_log, write
from nas.storage.models import Meta, table_of
from nas.storage.waiting import Waiting

REVISION = "0005"
"""The newest revision in `nas/storage/migrations/versions`: what this version of the product reads and writes."""

VERSION_TABLE = "nas_alembic_version"
OLDEST_SERVER = 130_000
"""PostgreSQL 13, as its `server_version_num` says it."""
OPEN_SECONDS = 3.0
"""How long a server is waited for that has never answered: it may be starting, or the address may be wrong."""

_META = table_of(Meta)
_MIGRATION_LOCK = (
    0x6E6173  # "nas"; any number that no other program in the same PostgreSQL database is likely to use
)


def prepare(engine: Engine, *, read_only: bool, waiting: Waiting) -> None:
    """Makes sure that the database has the tables of `REVISION`; makes them in an empty one unless `read_only`.

    Raises `StorageError` where it belongs to another program, to an older or a newer version, or to a server that is
    too old or lets nobody write, and then has written nothing.
    """
    if find_revision(engine, waiting, for_writing=not read_only) is not None:
        return
    if read_only:
        raise StorageError(
            f"{shown(engine.url)}: expected schema {REVISION}, got no tables of this product; `nas search` makes them"
        )
    if engine.dialect.name == "sqlite":
        use_write_ahead_log(engine, waiting)
    write(engine, _make_tables, waiting)


def find_revision(
    engine: Engine, waiting: Waiting, *, for_writing: bool, may_be_older: bool = False
) -> str | None:
    """Returns the revision of the tables, None where there are none; raises where the database is not for us."""
    if engine.dialect.name != "sqlite":
        waiting = replace(waiting, seconds=min(waiting.seconds, OPEN_SECONDS))

    def look(connection: Connection) -> str | None:
        if connection.dialect.name == "postgresql":
            _check_server(connection, for_writing)
        revision = _revision_of_ours(connection)
        if revision is not None and revision < REVISION and not may_be_older:
            raise _too_old(connection, revision)
        return revision

    return read(engine, look, waiting)


def migrate(connection: Connection) -> None:
    """Brings the tables, none or older ones, to `REVISION`, in the transaction of the caller."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    facts = {"written_by": nas.__version__, "written_at": datetime.now(UTC).isoformat(timespec="seconds")}
    connection.execute(delete(_META).where(_META.c.key.in_(facts)))
    connection.execute(insert(_META), [{"key": key, "value": value} for key, value in facts.items()])


def lock(connection: Connection) -> None:
    """Lets one process at a time make or change tables; SQLite's transaction has the lock already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})


def server_fault(version: int, *, is_read_only: bool) -> str | None:
    """Returns what keeps us from using a PostgreSQL server; `version` is 150004 for 15.4."""
    if version < OLDEST_SERVER:
        major, minor = divmod(version, 10_000)
        return f"expected PostgreSQL {OLDEST_SERVER // 10_000} or newer, got {major}.{minor % 100}; name a newer server"
    if is_read_only:
        return (
            "expected a database that can be written, got one that only lets us read: a replica, or a user or database "
            "whose default_transaction_read_only is on; name the one that replicas follow"
        )
    return None


def _make_tables(connection: Connection) -> None:
    lock(connection)
    if _revision_of_ours(connection) is None:  # another process may have been first
        migrate(connection)


def _check_server(connection: Connection, for_writing: bool) -> None:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    is_read_only = connection.scalar(text("SHOW transaction_read_only")) == "on"
    fault = server_fault(version, is_read_only=is_read_only and for_writing)
    if fault:
        raise StorageError(f"{shown(connection.engine.url)}: {fault}")


def _revision_of_ours(connection: Connection) -> str | None:
    """Returns the revision of the tables, None where there are none; raises where they are not for us."""
    names = inspect(connection).get_table_names()
    revision = _revision(connection) if VERSION_TABLE in names else None
    foreign = (
        names if connection.dialect.name == "sqlite" else [name for name in names if name.startswith("nas_")]
    )
    if revision is None and foreign:
        raise foreign_tables(shown(connection.engine.url), foreign)
    if revision is not None and revision > REVISION:
        raise _too_new(connection, revision)
    return revision


def foreign_tables(where: str, names: list[str]) -> StorageError:
    """Returns the error for a database of another program."""
    return StorageError(
        f"{where}: expected a database of this product or an empty one, "
        f"got tables of another program: {', '.join(sorted(names)[:5])}; name another database"
    )


def _too_old(connection: Connection, revision: str) -> StorageError:
    return StorageError(
        f"{shown(connection.engine.url)}: expected schema {REVISION}, got {revision}, written by nas "
        f"{_written_by(connection)}; `nas db upgrade` brings it up to date and keeps every row"
    )


def _too_new(connection: Connection, revision: str) -> StorageError:
    return StorageError(
        f"{shown(connection.engine.url)}: expected schema {REVISION} or older, got {revision}, written by nas "
        f"{_written_by(connection)}; this is nas {nas.__version__}: upgrade it"
    )


def _revision(connection: Connection) -> str | None:
    revision = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return None if revision is None else str(revision)


def _written_by(connection: Connection) -> str:
    version = connection.scalar(select(_META.c.value).where(_META.c.key == "written_by"))
    return str(version)
