"""What a database holds: nothing yet, our tables, those of another version, or another program's."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, text

import nas
from nas.errors import StorageError
from nas.storage.address import shown
from nas.storage.connection import for_writing, transaction, use_write_ahead_log
from nas.storage.models import Meta, table_of

REVISION = "0003"
"""The newest revision in `nas/storage/migrations/versions`: what this version of the product reads and writes."""

VERSION_TABLE = "nas_alembic_version"
_META = table_of(Meta)
_MIGRATION_LOCK = (
    0x6E6173  # "nas"; any number that no other program in the same PostgreSQL database is likely to use
)


def prepare(engine: Engine, *, read_only: bool) -> None:
    """Makes sure that the database has the tables of `REVISION`; makes or upgrades them unless `read_only`.

    Raises `StorageError` where it belongs to another program or to a newer version, and then has written nothing.
    """
    with transaction(engine) as connection:
        revision = _checked_revision(connection)
    if revision == REVISION:
        return
    if read_only:
        found = "no tables of this product" if revision is None else f"tables of schema {revision}"
        raise StorageError(
            f"{shown(engine.url)}: expected schema {REVISION}, got {found}; `nas search` makes and upgrades them"
        )
    if engine.dialect.name == "sqlite":
        use_write_ahead_log(engine)
    with transaction(for_writing(engine)) as connection:
        _lock(connection)
        if _checked_revision(connection) != REVISION:  # another process may have been first
            _migrate(connection)


def _checked_revision(connection: Connection) -> str | None:
    """Returns the revision of the tables, None where there are none; raises where they are not for us."""
    names = inspect(connection).get_table_names()
    revision = _revision(connection) if VERSION_TABLE in names else None
    foreign = (
        names if connection.dialect.name == "sqlite" else [name for name in names if name.startswith("nas_")]
    )
    where = shown(connection.engine.url)
    if revision is None and foreign:
        raise StorageError(
            f"{where}: expected a database of this product or an empty one, "
            f"got tables of another program: {', '.join(sorted(foreign)[:5])}; name another database"
        )
    if revision is not None and revision > REVISION:
        raise StorageError(
            f"{where}: expected schema {REVISION} or older, got {revision}, written by nas "
            f"{_written_by(connection)}; this is nas {nas.__version__}: upgrade it"
        )
    return revision


def _revision(connection: Connection) -> str | None:
    revision = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return None if revision is None else str(revision)


def _written_by(connection: Connection) -> str:
    version = connection.scalar(select(_META.c.value).where(_META.c.key == "written_by"))
    return str(version)


def _lock(connection: Connection) -> None:
    """Lets one process at a time make tables; SQLite's transaction has the lock already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    facts = {"written_by": nas.__version__, "written_at": datetime.now(UTC).isoformat(timespec="seconds")}
    connection.execute(delete(_META).where(_META.c.key.in_(facts)))
    connection.execute(insert(_META), [{"key": key, "value": value} for key, value in facts.items()])
