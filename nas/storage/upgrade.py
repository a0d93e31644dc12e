"""From an older schema to the present one: asked for, in one transaction, with a backup of a SQLite file beside it.

Killed anywhere it leaves the old tables or the new ones, never anything between. A backup is never overwritten and
never removed: it is the way back.
"""

import getpass
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, text

from nas.errors import SearchBusyError, StorageError
from nas.storage.address import shown
from nas.storage.backup import back_up
from nas.storage.connection import write
from nas.storage.models import AuditRow, table_of
from nas.storage.owner import is_gone, readable
from nas.storage.schema import REVISION, find_revision, lock, migrate
from nas.storage.statements import database_clock
from nas.storage.waiting import Waiting
from workers.points import reach


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done: from which schema, with how many rows of each table, and where the backup is."""

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
    backup = _back_up(engine, revision, waiting)
    reach("upgrade.after_backup")
    rows = write(engine, _upgrade, waiting)
    reach("upgrade.after_commit")
    return Upgrade(revision, REVISION, rows, backup)


def _back_up(engine: Engine, revision: str, waiting: Waiting) -> Path | None:
    if engine.dialect.name != "sqlite":
        return None
    file = Path(engine.url.database or "")
    names = (f"{file.name}.schema-{revision}{'' if n == 1 else f'.{n}'}.bak" for n in count(1))
    backup = next(path for path in map(file.with_name, names) if not os.path.lexists(path))
    back_up(engine, backup, waiting)
    return backup


def _upgrade(connection: Connection) -> dict[str, int]:
    lock(connection)
    names = [name for name in inspect(connection).get_table_names() if name.startswith("nas_")]
    rows = {name: _count(connection, name) for name in sorted(names)}
    revision = connection.scalar(text("SELECT version_num FROM nas_alembic_version"))
    if revision == REVISION:  # another process, or an attempt whose answer was lost, was first
        return rows
    _check_nobody_drives(connection)
    migrate(connection)
    _check_kept(connection, rows)
    audit = {
        "at": time.time(),
        "actor": actor(),
        "action": "upgrade",
        "detail": f"schema {revision} to {REVISION}",
    }
    connection.execute(insert(table_of(AuditRow)), audit)
    reach("upgrade.before_commit")
    return rows


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


def actor() -> str:
    """Returns who runs this process, as the audit names people: "me@host7"."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
