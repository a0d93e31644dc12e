"""From an older schema to the present one: asked for, in one transaction, with a backup of a SQLite file beside it.

Killed anywhere it leaves the old tables or the new ones, never anything between. A backup is never overwritten and
never removed: it is the way back.
"""

import secrets
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select, text

from nas.errors import SearchBusyError, StorageError
from nas.storage.address import shown
from nas.storage.backup import copied
from nas.storage.connection import write
from nas.storage.log_rows import audit_row
from nas.storage.models import AuditRow, table_of
from nas.storage.owner import actor, is_gone, readable
from nas.storage.parts import publish
from nas.storage.records import AuditAction, AuditRecord
from nas.storage.rows import Row
from nas.storage.schema import REVISION, find_revision, lock, migrate
from nas.storage.statements import database_clock
from nas.storage.waiting import Waiting
from workers.points import reach

_AUDIT = table_of(AuditRow)
_FIND_REVISION = "SELECT version_num FROM nas_alembic_version"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done: from which schema, with how many rows of each table, and where the backup is.

    Nothing where `before` is `after`; there may be a backup all the same, of a moment before another process was first.
    """

    before: str
    after: str
    rows: Mapping[str, int]
    backup: Path | None


def upgrade(engine: Engine, waiting: Waiting) -> Upgrade:
    """Brings the tables to `REVISION`; where they are, nothing is done.

    Raises `StorageError` where there are no tables of ours or newer ones, and `SearchBusyError` where a search is
    being driven: by an older version of this product, which would not know the new tables.
    """
    revision = find_revision(engine, waiting, for_writing=True, may_be_older=True)
    if revision is None:
        raise StorageError(
            f"{shown(engine.url)}: expected a database of this product, got no tables; `nas search` makes them"
        )
    if revision == REVISION:
        return Upgrade(revision, REVISION, {}, None)
    backup = _back_up(engine, waiting) if engine.dialect.name == "sqlite" else None
    reach("upgrade.after_backup")
    done = write(engine, _Step(backup), waiting)
    reach("upgrade.after_commit")
    return done


def _back_up(engine: Engine, waiting: Waiting) -> Path | None:
    """Returns the backup, named by the schema that it is of; None where another process was faster than the copy."""
    file = Path(engine.url.database or "").resolve()
    with copied(engine, file, waiting) as part:
        with closing(sqlite3.connect(part)) as copy:
            ((revision,),) = copy.execute(_FIND_REVISION)
        if revision == REVISION:
            return None
        names = (f"{file.name}.schema-{revision}{'' if n == 1 else f'.{n}'}.bak" for n in count(1))
        return next(path for path in map(file.with_name, names) if publish(part, path))


class _Step:
    """The transaction. Where its answer was lost, it finds what it left, and not that of another process."""

    def __init__(self, backup: Path | None) -> None:
        self._backup = backup
        self._uid = secrets.token_hex(16)
        self._tried: Upgrade | None = None

    def __call__(self, connection: Connection) -> Upgrade:
        lock(connection)
        revision = connection.scalar(text(_FIND_REVISION))
        if revision == REVISION:
            ours = select(_AUDIT.c.audit_id).where(_AUDIT.c.uid == self._uid)
            is_ours = connection.scalar(ours) is not None
            another = Upgrade(REVISION, REVISION, {}, self._backup)
            return self._tried if self._tried and is_ours else another
        self._tried = Upgrade(revision, REVISION, _rows(connection), self._backup)
        _check_nobody_drives(connection)
        migrate(connection)
        _check_kept(connection, self._tried.rows)
        connection.execute(insert(_AUDIT), self._audit(revision))
        reach("upgrade.before_commit")
        return self._tried

    def _audit(self, revision: str) -> Row:
        text = f"schema {revision} to {REVISION}"
        return audit_row(AuditRecord(time.time(), actor(), AuditAction.UPGRADE, detail=text), self._uid)


def _rows(connection: Connection) -> dict[str, int]:
    names = [name for name in inspect(connection).get_table_names() if name.startswith("nas_")]
    return {name: _count(connection, name) for name in sorted(names)}


def _check_nobody_drives(connection: Connection) -> None:
    clock = database_clock().compile(dialect=connection.dialect)
    leases = connection.execute(
        text(f"SELECT name, owner, lease_until - {clock} FROM nas_searches WHERE owner IS NOT NULL")
    )
    for name, owner, seconds_left in leases:
        if seconds_left > 0 and not is_gone(owner):
            raise SearchBusyError(
                f"search {name!r} is driven by {readable(owner)}, with an older version of this product; "
                "stop it with Ctrl-C first"
            )


def _check_kept(connection: Connection, rows: Mapping[str, int]) -> None:
    for table, wanted in rows.items():
        got = _count(connection, table)
        if got < wanted:
            raise StorageError(
                f"{shown(connection.engine.url)}: expected the {wanted} rows of {table} to be kept, got {got}; "
                "nothing was changed"
            )


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
