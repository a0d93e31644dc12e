"""Which errors are waited for, and what is said of the others; what real databases give is tested elsewhere."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import OperationalError

from nas.errors import DiskFullError
from nas.storage import troubles
from nas.storage.address import parse_url
from nas.storage.connection import build_engine
from nas.storage.troubles import Trouble, translated, trouble_of

SERVER = build_engine(parse_url("postgresql://me:SEKRET@host/nas"), read_only=True)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (psycopg.OperationalError("connection failed: Connection refused"), Trouble.AWAY),
        (
            psycopg.OperationalError("connection failed: FATAL:  the database system is starting up"),
            Trouble.AWAY,
        ),
        (
            psycopg.OperationalError("connection failed: FATAL:  sorry, too many clients already"),
            Trouble.AWAY,
        ),
        (psycopg.InterfaceError("the connection is closed"), Trouble.AWAY),
        (errors.AdminShutdown("terminating connection"), Trouble.AWAY),
        (errors.IdleInTransactionSessionTimeout("idle"), Trouble.AWAY),
        (errors.ConnectionFailure("lost"), Trouble.AWAY),
        (errors.TooManyConnections("too many"), Trouble.AWAY),
        (errors.LockNotAvailable("canceling statement due to lock timeout"), Trouble.LOCKED),
        (errors.DeadlockDetected("deadlock"), Trouble.LOCKED),
        (errors.SerializationFailure("could not serialize"), Trouble.LOCKED),
        (errors.DiskFull("could not extend file"), Trouble.FULL),
        (psycopg.OperationalError('FATAL:  password authentication failed for user "me"'), None),
        (psycopg.OperationalError('FATAL:  database "nas" does not exist'), None),
        (psycopg.OperationalError('FATAL:  no pg_hba.conf entry for host "h"'), None),
        (errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"), Trouble.AWAY),
        (errors.InsufficientPrivilege("permission denied"), None),
        (errors.UniqueViolation("duplicate key"), None),
        (psycopg.ProgrammingError("misuse"), None),
        (ValueError("none of the database's"), None),
    ],
)
def test_postgresql(error: Exception, trouble: Trouble | None) -> None:
    assert trouble_of(error, SERVER) is trouble
    assert trouble_of(OperationalError("SELECT 1", {}, error), SERVER) is trouble
    said = translated(error, SERVER, 12.3)
    assert isinstance(said, DiskFullError) == (trouble is Trouble.FULL)
    assert "SEKRET" not in str(said)
    assert "; waited 12 s for it" in str(said)


@pytest.mark.parametrize(
    ("name", "trouble", "trouble_on_a_full_disk"),
    [
        ("SQLITE_BUSY", Trouble.LOCKED, Trouble.LOCKED),
        ("SQLITE_BUSY_SNAPSHOT", Trouble.LOCKED, Trouble.LOCKED),
        ("SQLITE_LOCKED_SHAREDCACHE", Trouble.LOCKED, Trouble.LOCKED),
        ("SQLITE_PROTOCOL", Trouble.LOCKED, Trouble.LOCKED),
        ("SQLITE_FULL", Trouble.FULL, Trouble.FULL),
        ("SQLITE_IOERR_SHMSIZE", None, Trouble.FULL),
        ("SQLITE_IOERR_WRITE", None, Trouble.FULL),
        ("SQLITE_CORRUPT_VTAB", None, None),
        ("SQLITE_NOTADB", None, None),
        ("SQLITE_READONLY_DIRECTORY", None, None),
        ("SQLITE_CANTOPEN", None, None),
        ("SQLITE_CONSTRAINT_UNIQUE", None, None),
    ],
)
def test_sqlite(
    name: str,
    trouble: Trouble | None,
    trouble_on_a_full_disk: Trouble | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = build_engine(parse_url(f"sqlite:///{tmp_path}/nas.db"), read_only=True)
    error = sqlite3.OperationalError("some words")
    error.sqlite_errorname = name
    assert trouble_of(error, engine) is trouble
    monkeypatch.setattr(troubles, "free_bytes", lambda _: 4096)
    assert trouble_of(error, engine) is trouble_on_a_full_disk
    assert ("4,096 bytes are free" in str(translated(error, engine))) == (
        trouble_on_a_full_disk is Trouble.FULL
    )


def test_what_is_said_is_one_line(tmp_path: Path) -> None:
    engine = build_engine(parse_url(f"sqlite:///{tmp_path}/nas.db"), read_only=True)
    error = sqlite3.DatabaseError("file is not\n  a database.")
    error.sqlite_errorname = "SQLITE_NOTADB"
    assert str(translated(error, engine)) == (
        f"sqlite:///{tmp_path}/nas.db: file is not a database; "
        "name a file that this product made, or one that does not exist yet"
    )


def test_text_that_is_none_is_damage(tmp_path: Path) -> None:
    """SQLite's driver gives no code then, and nobody is to wait for a server that is away."""
    engine = build_engine(parse_url(f"sqlite:///{tmp_path}/nas.db"), read_only=False)
    with pytest.raises(OperationalError, match="Could not decode") as caught, engine.connect() as connection:
        connection.exec_driver_sql("SELECT CAST(x'ff00' AS TEXT)").all()
    assert trouble_of(caught.value, engine) is None
    assert "restore it from a backup" in str(translated(caught.value, engine))
    engine.dispose()
