"""What the errors of SQLite and PostgreSQL mean: which pass by themselves, and what to do about the others."""

import re
import shutil
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from nas.errors import DiskFullError, StorageError
from nas.storage.address import shown


class Trouble(StrEnum):
    """A state of the database that ends some time, so that trying again is worth while."""

    AWAY = "away"
    LOCKED = "locked"
    FULL = "full"


# SQLite's names of its results, without what follows the second word; PostgreSQL's codes of its errors.
_TROUBLES = {
    "SQLITE_BUSY": Trouble.LOCKED,
    "SQLITE_LOCKED": Trouble.LOCKED,
    "SQLITE_PROTOCOL": Trouble.LOCKED,  # several processes began to use the write-ahead log at once
    "SQLITE_FULL": Trouble.FULL,
    "53100": Trouble.FULL,
    "55P03": Trouble.LOCKED,
    "40P01": Trouble.LOCKED,  # a deadlock, which PostgreSQL ends by ending one of its transactions
    "40001": Trouble.LOCKED,
    "57P01": Trouble.AWAY,  # stopping
    "57P02": Trouble.AWAY,  # has crashed
    "57P03": Trouble.AWAY,  # starting
    "57P05": Trouble.AWAY,  # ended a connection that was idle
    "25P03": Trouble.AWAY,  # ended a connection that was idle in a transaction: a process that was stopped
    "53300": Trouble.AWAY,  # too many connections
    "25006": Trouble.AWAY,  # became a replica while we wrote: another server is about to have its address
}
_UNREACHABLE, _REFUSED, _MISUSED = "unreachable", "refused", "misused"
# What PostgreSQL, in English, answers before it gives codes. In other languages these are waited for in vain.
_REFUSALS = re.compile(
    r"authentication failed|no pg_hba\.conf entry|no password supplied|permission denied"
    r'|(database|role|user) ".*" does not exist|not permitted to log in|not currently accepting connections'
    r"|does not support SSL|certificate|unsupported frontend protocol"
)
_CONNECT = "check that the server runs, and host, port, user, password and database name"
_ADVICE = {
    _UNREACHABLE: _CONNECT,
    _REFUSED: _CONNECT,
    "28P01": _CONNECT,
    "3D000": _CONNECT,
    "SQLITE_NOTADB": "name a file that this product made, or one that does not exist yet",
    "SQLITE_CORRUPT": "restore it from a backup; `nas db check` says more, `sqlite3 FILE .recover` may save the rest",
    "SQLITE_IOERR": "check the disk it is on; `nas db check` says whether the file is whole",
    "SQLITE_FULL": "free space on that disk, then --resume the search",
    "53100": "free space on the server's disk, then --resume the search",
    "SQLITE_READONLY": "make the file and its directory writable",
    "SQLITE_CANTOPEN": "make the file and its directory readable and writable",
    "SQLITE_BUSY": "another program keeps it locked; stop that one",
    "55P03": "another program keeps it locked; stop that one",
    "42501": "grant that user the right, or ask for one who has it",
    "25006": "it is a replica or was opened for reading; name one that can be written",
    "53300": "raise its max_connections, or end what else is connected",
}
LITTLE_ROOM_BYTES = 256 * 1024
"""SQLite reports a disk that is full, depending on which of its files wants to grow, as a failed write. A disk with
less room than this is full: the file that its processes share grows by 32 KiB at a time."""


def database_errors(engine: Engine) -> tuple[type[Exception], ...]:
    """Returns the errors by which a database's driver, with SQLAlchemy around it or not, says that something failed.

    SQLite's texts may quote the damage that they speak of, and then are no text themselves.
    """
    damage = (UnicodeDecodeError,) if engine.dialect.name == "sqlite" else ()
    return (SQLAlchemyError, engine.dialect.loaded_dbapi.Error, *damage)


def trouble_of(error: BaseException, engine: Engine) -> Trouble | None:
    """Returns what is to be waited for, None where waiting would not help."""
    code = _code(error, engine)
    if code == "SQLITE_IOERR":
        free = free_bytes(engine)
        return Trouble.FULL if free is not None and free < LITTLE_ROOM_BYTES else None
    if code == _UNREACHABLE or (len(code) == 5 and code.startswith("08")):
        return Trouble.AWAY
    return _TROUBLES.get(code)


def translated(error: BaseException, engine: Engine, waited_seconds: float = 0.0) -> StorageError:
    """Returns the error in one line with the URL, what the database said, and what to do about it."""
    is_full = trouble_of(error, engine) is Trouble.FULL
    advice = _ADVICE["SQLITE_FULL"] if is_full else _ADVICE.get(_code(error, engine))
    waited = f"waited {waited_seconds:.0f} s for it" if waited_seconds >= 1 else None
    parts = [described(error, engine), waited, advice]
    return (DiskFullError if is_full else StorageError)("; ".join(filter(None, parts)))


def described(error: BaseException, engine: Engine) -> str:
    """Returns which database has which trouble, in one line; for a full disk with its path and free bytes."""
    free = free_bytes(engine) if trouble_of(error, engine) is Trouble.FULL else None
    room = "" if free is None else f", {free:,} bytes are free in {_directory(engine)}"
    said = " ".join(str(_innermost(error)).split()).rstrip(".")
    return f"{shown(engine.url)}: {said}{room}"


def silence_of(error: BaseException) -> float:
    """Returns for how long, in seconds, the database had said nothing when its connection was given up for that."""
    return float(getattr(_innermost(error), "silence", 0.0))


def free_bytes(engine: Engine) -> int | None:
    """Returns the room on the disk of a SQLite file; None for a server, whose disk is not ours to see."""
    if engine.dialect.name != "sqlite":
        return None
    try:
        return shutil.disk_usage(_directory(engine)).free
    except OSError:
        return None


def _directory(engine: Engine) -> Path:
    return Path(engine.url.database or "").resolve().parent


def _innermost(error: BaseException) -> BaseException:
    """Returns what the driver raised, without SQLAlchemy's statement and parameters around it."""
    return getattr(error, "orig", None) or error


def _code(error: BaseException, engine: Engine) -> str:
    """Returns SQLite's name or PostgreSQL's code for what happened, or that the database did not even say that."""
    error = _innermost(error)
    name = getattr(error, "sqlite_errorname", None)
    if name:
        return "_".join(name.split("_")[:2])
    code = getattr(error, "sqlstate", None)
    if code:
        return str(code)
    driver = engine.dialect.loaded_dbapi
    if (
        engine.dialect.name == "sqlite"
    ):  # a file cannot be unreachable; what is no text where text was stored is damage
        return (
            "SQLITE_CORRUPT" if isinstance(error, (driver.OperationalError, UnicodeDecodeError)) else _MISUSED
        )
    if not isinstance(
        error, (driver.OperationalError, driver.InterfaceError)
    ):  # the latter: the connection is closed
        return _MISUSED
    return _REFUSED if _REFUSALS.search(str(error)) else _UNREACHABLE
