"""Databases as released versions left them, with rows of every kind in every table.

`released/NNNN.sql` are dumps of SQLite files that the code of the last commit with that schema wrote: searches that
were paused in the midst, completed and handed over, failed, just created, and one whose driver was killed with two
trials in training. For PostgreSQL the same rows are put into the tables that the migrations up to that revision make.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, insert, select

from nas.storage import schema
from nas.storage.address import parse_url
from nas.storage.connection import build_engine, read, write
from nas.storage.waiting import Waiting

RELEASED = Path(__file__).parent / "released"
REVISIONS = sorted(path.stem for path in RELEASED.glob("*.sql"))
Rows = dict[str, list[dict[str, Any]]]


def restore_sqlite(revision: str, path: Path) -> str:
    """Makes the file of a released version; returns its URL."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((RELEASED / f"{revision}.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return f"sqlite:///{path}"


def restore_postgresql(revision: str, url: str, scratch: Path) -> str:
    """Fills an empty PostgreSQL database as a released version left it; returns its URL."""
    wanted = rows_of(restore_sqlite(revision, scratch / f"{revision}.db"))
    engine = build_engine(parse_url(url), read_only=False)
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))

    def fill(connection: Any) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name != schema.VERSION_TABLE:
                connection.execute(insert(table), wanted[table.name])
                for key in (column for column in table.primary_key if column.server_default is not None):
                    highest = max(row[key.name] for row in wanted[table.name])
                    connection.exec_driver_sql(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'), {highest})"
                    )

    write(engine, fill, Waiting())
    engine.dispose()
    return url


def rows_of(url: str, only: Rows | None = None) -> Rows:
    """Returns all rows of all tables, in the order of their keys; with `only` those tables and columns alone."""
    engine = build_engine(parse_url(url), read_only=True)
    tables = MetaData()
    tables.reflect(engine)

    def look(connection: Any) -> Rows:
        found = {}
        for table in tables.sorted_tables:
            if only is None or table.name in only:
                names = [
                    c.name for c in table.c if only is None or c.name in next(iter(only[table.name]), {})
                ]
                rows = connection.execute(select(*(table.c[n] for n in names)).order_by(*table.primary_key))
                found[table.name] = [dict(row) for row in rows.mappings()]
        return found

    rows = read(engine, look, Waiting())
    engine.dispose()
    return rows
