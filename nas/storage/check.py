"""Whether a database is sound: its pages, its references, what is true of every search, and its checksums.

Nothing is ever written, not even what a killed process left in SQLite's log is folded into the file.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, Table, select, text

from nas.errors import StorageError
from nas.storage.address import parse_url, shown
from nas.storage.connection import LONG_SILENCE_SECONDS, build_engine, read
from nas.storage.files import check_file, has_log, is_missing
from nas.storage.invariants import INVARIANTS, TABLES, Invariant, finite_query
from nas.storage.models import CheckpointRow, SavedTrainingRow, table_of
from nas.storage.schema import find_revision
from nas.storage.statements import database_clock
from nas.storage.waiting import Waiting

MOST_OF_A_KIND = 20
"""Findings of one kind that are listed; what there are more is not counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line about a database. What is no damage, as a search whose driver was killed, is only to be known of."""

    text: str
    is_damage: bool = True


def check(url: str, waiting: Waiting | None = None) -> list[Finding]:
    """Returns what is wrong with the database, seen at one moment; a search may write to it meanwhile.

    Raises `StorageError`, as `nas.storage.open.open_storage` does, where it cannot be read at all.
    """
    address = parse_url(url)
    waiting = waiting or Waiting()
    if is_missing(address):
        raise StorageError(f"{shown(address)}: expected a database, got no such file; `nas search` makes one")
    check_file(address)
    keeps_log = has_log(address)
    engine = build_engine(address, read_only=True, keeps_log=keeps_log, silence=LONG_SILENCE_SECONDS)
    try:
        if find_revision(engine, waiting, for_writing=False) is None:
            return [
                Finding(
                    f"{shown(address)}: there are no tables yet; `nas search` makes them", is_damage=False
                )
            ]
        snapshot = engine
        if engine.dialect.name == "postgresql":
            snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
        return read(snapshot, find_all, waiting)
    finally:
        engine.dispose()


def find_all(connection: Connection) -> list[Finding]:
    """Returns what is wrong with the database of a connection, in whose transaction it looks."""
    pages = list(_broken_pages(connection))
    if pages:  # whatever else is read may be made of them
        return pages
    found = [*_broken_references(connection), *_broken_sums(connection), *_broken_numbers(connection)]
    for invariant in INVARIANTS:
        found += _contradictions(connection, invariant)
    return found


def _broken_pages(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":
        for (line,) in connection.execute(text(f"PRAGMA integrity_check({MOST_OF_A_KIND})")):
            if line != "ok":
                yield Finding(f"the file is damaged: {' '.join(line.split())}")
        return
    for (index,) in connection.execute(
        text(
            "SELECT indexrelid::regclass::text FROM pg_index "
            "WHERE NOT indisvalid AND indexrelid::regclass::text LIKE '%nas\\_%'"
        )
    ):
        yield Finding(f"index {index} is not valid; REINDEX it")


def _broken_references(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL lets none be broken
    for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")).fetchmany(
        MOST_OF_A_KIND
    ):
        yield Finding(f"{table}, row {row}: expected a row of {parent} that it belongs to, got none")


def _broken_sums(connection: Connection) -> Iterator[Finding]:
    for model, key in ((CheckpointRow, ("search_id", "event")), (SavedTrainingRow, ("trial_id", "epoch"))):
        table = table_of(model)
        yield from islice(_wrong_sums(connection, table, key), MOST_OF_A_KIND)


def _wrong_sums(connection: Connection, table: Table, key: tuple[str, ...]) -> Iterator[Finding]:
    columns = [table.c[name] for name in (*key, "state", "sha256")]
    with connection.execute(select(*columns).execution_options(yield_per=1)) as rows:
        for *values, state, wanted in rows:
            got = hashlib.sha256(state).hexdigest()
            if got != wanted:
                where = ", ".join(f"{name} {value}" for name, value in zip(key, values, strict=True))
                yield Finding(f"{table.name}, {where}: expected SHA-256 {wanted}, got {got}")


def _broken_numbers(connection: Connection) -> Iterator[Finding]:
    for table in TABLES:
        query = finite_query(table)
        broken = connection.execute(text(query)).scalar_one() if query else 0
        if broken:
            yield Finding(f"{table.name}: expected finite numbers alone, got {broken} rows with others")


def _contradictions(connection: Connection, invariant: Invariant) -> list[Finding]:
    clock = str(database_clock().compile(dialect=connection.dialect))
    query = invariant.query.replace("{clock}", clock)
    rows = connection.execute(text(query)).fetchmany(MOST_OF_A_KIND)
    return [Finding(invariant.sentence.format(*row), invariant.is_damage) for row in rows]
