"""A copy of a database, made while a search writes to it: always a SQLite file, which can be searched on.

Of a SQLite file it is the copy that SQLite's online backup makes, of one snapshot, in steps. Of PostgreSQL it is what
one REPEATABLE READ transaction sees, row by row, so that nothing but this product is needed to make it. The file
appears under its name when it is whole, checked and on the disk, and never in place of another.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, LargeBinary, Table, delete, func, insert, select

from nas.errors import ExportTargetError, StorageError
from nas.storage.address import shown
from nas.storage.connection import build_engine, read
from nas.storage.models import Base, Meta, table_of
from nas.storage.parts import part_beside, publish, telling_of_the_copy
from nas.storage.schema import find_revision, prepare
from nas.storage.waiting import Waiting
from workers.points import reach

PAGES_A_STEP = 1_000
ROWS_A_STEP = 500


def back_up(engine: Engine, target: Path, waiting: Waiting) -> None:
    """Copies the database to a new file `target`; the tables of a PostgreSQL must be those of this version.

    Raises `ExportTargetError` where the file is there already or cannot be made, `DiskFullError` where there is no room
    for it, `StorageError` where there are no tables of ours, the database fails or its copy is not sound.
    """
    if os.path.lexists(target):
        raise already_there(target)
    with copied(engine, target, waiting) as part:
        reach("backup.before_rename")
        if not publish(part, target):
            raise already_there(target)
    reach("backup.after_rename")


def already_there(target: Path) -> ExportTargetError:
    """Returns the error for a name that is taken: no backup is ever written over."""
    return ExportTargetError(f"backup: expected a file that does not exist yet, got {target}; name another")


@contextmanager
def copied(engine: Engine, target: Path, waiting: Waiting) -> Iterator[Path]:
    """Gives a copy that is whole, checked and on the disk, to be published on the disk of `target` within the block."""
    is_file = engine.dialect.name == "sqlite"
    if find_revision(engine, waiting, for_writing=False, may_be_older=is_file) is None:
        raise StorageError(
            f"{shown(engine.url)}: expected a database of this product, got no tables; there is nothing to back up"
        )
    with part_beside(target) as part:
        copy = _copy_file if is_file else _copy_rows
        copy(engine, part, waiting)
        _check(part, shown(engine.url))
        _sync(part)
        yield part
        _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_file(engine: Engine, part: Path, waiting: Waiting) -> None:
    def copy(connection: Connection) -> None:
        # The transaction holds one snapshot; without it the copy would begin anew whenever a search writes.
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        part.unlink(missing_ok=True)
        with telling_of_the_copy(part, only_full=True), closing(sqlite3.connect(part)) as target:
            source.backup(target, pages=PAGES_A_STEP)

    read(engine, copy, waiting)


def _copy_rows(engine: Engine, part: Path, waiting: Waiting) -> None:
    def copy(connection: Connection) -> None:
        for left in part.parent.iterdir():
            left.unlink()
        target = build_engine(URL.create("sqlite", database=str(part.absolute())), read_only=False)
        try:
            with telling_of_the_copy(part):
                prepare(target, read_only=False, waiting=replace(waiting, for_disk=False))
                with target.begin() as file:
                    file.execute(delete(table_of(Meta)))
                    for table in Base.metadata.sorted_tables:
                        _copy_table(connection, file, table)
        finally:
            target.dispose()

    # What the transaction sees first it sees to its end.
    read(engine.execution_options(isolation_level="REPEATABLE READ"), copy, waiting)


def _copy_table(source: Connection, target: Connection, table: Table) -> None:
    has_blobs = any(isinstance(column.type, LargeBinary) for column in table.c)
    rows = source.execute(select(table).execution_options(yield_per=1 if has_blobs else ROWS_A_STEP))
    for some in rows.mappings().partitions():
        target.execute(insert(table), [dict(row) for row in some])
    wanted = source.scalar(select(func.count()).select_from(table))
    got = target.scalar(select(func.count()).select_from(table))
    if wanted != got:
        raise StorageError(
            f"backup: expected {wanted} rows of {table.name}, got {got}; nothing was kept of it"
        )


def _check(part: Path, source: str) -> None:
    with telling_of_the_copy(part), closing(sqlite3.connect(part)) as copy:
        lines = [" ".join(str(line).split()) for (line,) in copy.execute("PRAGMA integrity_check(5)")]
    findings = [line for line in lines if line != "ok"]
    if findings:
        raise StorageError(
            f"{source}: expected a sound copy, got {'; '.join(findings)}; `nas db check` says what is damaged"
        )
