"""`nas db`: whether the database is sound, a copy of it while it is in use, and the step to a newer schema."""

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nas.cli.options import database_option, example, json_option

if TYPE_CHECKING:
    from nas.storage.upgrade import Upgrade
    from nas.storage.waiting import Waiting

WAIT_SECONDS, AUDIT_SECONDS = 60.0, 5.0


@click.group(epilog=example("nas db check", "nas db backup nas-monday.db", "nas db upgrade"))
def db() -> None:
    """Checks, backs up and upgrades the database."""


@db.command(epilog=example("nas db check", "nas db check --db postgresql://me@host/nas --json"))
@database_option
@json_option
def check(database: str, as_json: bool) -> None:
    """Checks that the database is sound; never writes.

    Its pages and references, its checksums, and what is true of every search: trials numbered without gaps, one
    completed attempt to a completed trial, counters that count right. Prints a line for each finding. Exits with 0
    where it is sound, with 3 where it is damaged.
    """
    from nas.errors import StorageError
    from nas.storage.address import redacted
    from nas.storage.check import check as find

    findings = find(database)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{'damage' if finding.is_damage else 'note':<6}  {finding.text}")
        if not findings:
            click.echo(f"{redacted(database)} is sound")
    if any(finding.is_damage for finding in findings):
        raise click.exceptions.Exit(StorageError.exit_code)


@db.command(
    epilog=example("nas db backup nas-monday.db", "nas db backup copy.db --db postgresql://me@host/nas")
)
@click.argument("file", type=click.Path(path_type=Path))
@database_option
def backup(file: Path, database: str) -> None:
    """Copies the database to a new SQLite FILE, of one moment, while searches go on.

    The copy is a database like any other: it can be read, and its searches resumed, with --db sqlite:///FILE.
    """
    from nas.storage.backup import back_up
    from nas.storage.open import open_engine

    with open_engine(database, read_only=True) as engine:
        back_up(engine, file, _waiting())
    click.echo(f"{file}: {file.stat().st_size:,} bytes")
    _keep_audit(database, file)


@db.command(epilog=example("nas db upgrade", "nas db upgrade --create --db postgresql://me@host/nas"))
@database_option
@click.option("--create", is_flag=True, help="Make the tables where there are none yet.")
def upgrade(database: str, create: bool) -> None:
    """Brings a database of an older version of nas up to date; every row is kept.

    Beside a SQLite file a backup of it is left, as nas.db.schema-0003.bak. Of PostgreSQL make one before, with pg_dump.
    """
    from nas.storage.open import open_engine
    from nas.storage.upgrade import upgrade as bring_up_to_date

    if create:
        _make_tables(database)
    with open_engine(database, read_only=False) as engine:
        done = bring_up_to_date(engine, _waiting())
    if done.before == done.after:
        click.echo(f"schema {done.after}: up to date")
    else:
        _tell_of(done)
    if done.backup:
        click.echo(f"the database as it was: {os.path.relpath(done.backup)}")


def _make_tables(database: str) -> None:
    """Makes the tables where there are none; those of another version are left as they are."""
    from nas.storage.open import has_database, open_engine, open_storage
    from nas.storage.schema import find_revision, prepare

    if not has_database(database):
        open_storage(database, waiting=_waiting()).close()
        return
    with open_engine(database, read_only=False) as engine:
        if find_revision(engine, _waiting(), for_writing=True, may_be_older=True) is None:
            prepare(engine, read_only=False, waiting=_waiting())


def _tell_of(done: "Upgrade") -> None:
    click.echo(f"schema {done.before} -> {done.after}, {sum(done.rows.values()):,} rows kept")
    for table, rows in done.rows.items():
        click.echo(f"  {table:<20} {rows:,}")


def _waiting(seconds: float = WAIT_SECONDS) -> "Waiting":
    """Returns how long these commands wait, and that they say so on standard error."""
    from nas.storage.waiting import Waiting

    return Waiting(seconds, say=lambda text: click.echo(text, err=True))


def _keep_audit(database: str, file: Path) -> None:
    """Keeps in the database that there is a backup, where it lets itself be written."""
    from nas.errors import StorageError
    from nas.storage.open import open_storage
    from nas.storage.owner import actor
    from nas.storage.records import AuditAction, AuditRecord

    record = AuditRecord(time.time(), actor(), AuditAction.BACKUP, detail=str(file.absolute()))
    try:
        with open_storage(database, waiting=_waiting(AUDIT_SECONDS)) as storage:
            storage.add_audit(record)
    except StorageError as error:
        click.echo(f"note: that there is a backup could not be kept in the database: {error}", err=True)
