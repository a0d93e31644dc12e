"""A copy of a database, made while a search writes to it: always a SQLite file, which can be searched on.

Of a SQLite file it is the copy that SQLite's online backup makes, of one snapshot, in steps. Of PostgreSQL it is what
one REPEATABLE READ transaction sees, row by row, so that nothing but this product is needed to make it. The file
appears under its name when it is whole, checked and on the disk.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, LargeBinary, Table, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from nas.errors import DiskFullError, ExportTargetError, StorageError
from nas.storage.address import shown
from nas.storage.connection import build_engine, read
from nas.storage.models import Base, Meta, table_of
from nas.storage.schema import find_revision, prepare
from nas.storage.waiting import Waiting
from workers.points import reach

PAGES_A_STEP = 1_000
ROWS_A_STEP = 500


def back_up(engine: Engine, target: Path, waiting: Waiting) -> None:
    """Copies the database to a new file `target`; the tables of a PostgreSQL must be those of this version.

    Raises `ExportTargetError` where the file is there already or its directory cannot be written, `DiskFullError`
    where there is no room for it, `StorageError` where the database fails or its copy is not sound.
    """
    if os.path.lexists(target):
        raise ExportTargetError(
            f"backup: expected a file that does not exist yet, got {target}; name another"
        )
    with _partial(target) as part:
        copy = _copy_file if engine.dialect.name == "sqlite" else _copy_rows
        copy(engine, part, waiting)
        _check(part, shown(engine.url))
        _sync(part)
        reach("backup.before_rename")
        part.rename(target)
        _sync(target.parent)
    reach("backup.after_rename")


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    """Gives a name beside `target`; what is there is of a backup that was killed, and what is left is removed."""
    part = target.with_name(f".{target.name}.part")
    try:
        _remove(part)
        part.touch(exist_ok=False)  # where no file can be made it is this that says so
        yield part
    except OSError as error:
        raise ExportTargetError(
            f"backup: expected a file that can be written, got {target}: {error.strerror}; name another"
        ) from error
    finally:
        with suppress(OSError):
            _remove(part)


def _remove(part: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        part.with_name(part.name + ending).unlink(missing_ok=True)


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
        _remove(part)
        with _reporting_room(part), closing(sqlite3.connect(part)) as target:
            source.backup(target, pages=PAGES_A_STEP)

    read(engine, copy, waiting)


def _copy_rows(engine: Engine, part: Path, waiting: Waiting) -> None:
    find_revision(engine, waiting, for_writing=False)

    def copy(connection: Connection) -> None:
        _remove(part)
        target = build_engine(URL.create("sqlite", database=str(part.absolute())), read_only=False)
        try:
            with _reporting_room(part):
                prepare(target, read_only=False, waiting=replace(waiting, for_disk=False))
                with target.begin() as file:
                    file.execute(delete(table_of(Meta)))
                    for table in Base.metadata.sorted_tables:
                        _copy_table(connection, file, table)
        finally:
            target.dispose()

    # What the transaction sees first it sees to its end.
    read(engine.execution_options(isolation_level="REPEATABLE READ"), copy, waiting)


@contextmanager
def _reporting_room(part: Path) -> Iterator[None]:
    """Tells a disk that is full for the copy from one that is full for the database, which would be waited for."""
    try:
        yield
    except DiskFullError as error:
        raise _no_room(part) from error
    except (sqlite3.Error, SQLAlchemyError) as error:
        if getattr(getattr(error, "orig", error), "sqlite_errorname", "") == "SQLITE_FULL":
            raise _no_room(part) from error
        raise


def _no_room(part: Path) -> DiskFullError:
    directory = part.parent.absolute()
    free = shutil.disk_usage(directory).free
    return DiskFullError(
        f"backup: expected room for the copy, {free:,} bytes are free in {directory}; free space there, "
        "or name a file on another disk"
    )


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
    with closing(sqlite3.connect(part)) as copy:
        lines = [" ".join(str(line).split()) for (line,) in copy.execute("PRAGMA integrity_check(5)")]
    findings = [line for line in lines if line != "ok"]
    if findings:
        raise StorageError(
            f"{source}: expected a sound copy, got {'; '.join(findings)}; `nas db check` says what is damaged"
        )
