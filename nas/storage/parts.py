"""Files in the making: each in a directory of its own beside its name, under which it appears when it is whole."""

import errno
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from nas.errors import DiskFullError, ExportTargetError

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@contextmanager
def part_beside(target: Path) -> Iterator[Path]:
    """Gives the name of a file that no other process uses, on the disk of `target`; what is left of it is removed.

    So is what processes left that were killed over the same target. Raises `ExportTargetError` where nothing can be
    written there.
    """
    try:
        with _directory_beside(target) as directory:
            yield directory / target.name
    except OSError as error:
        raise ExportTargetError(
            f"backup: expected a file that can be written, got {target}: {error.strerror}; name another"
        ) from error


@contextmanager
def _directory_beside(target: Path) -> Iterator[Path]:
    for left in target.parent.glob(f".{_escaped(target.name)}.*.part"):
        _remove_unless_in_use(left)
    while True:
        directory = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
        lock = _locked(directory, fcntl.LOCK_EX)
        if lock is not None:
            break
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def _locked(directory: Path, how: int) -> int | None:
    """Returns the descriptor that keeps a directory locked; None where another process has it, or it is gone."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    with suppress(OSError):
        fcntl.flock(descriptor, how)
        if directory.exists():  # the one who had the lock before may have removed it
            return descriptor
    os.close(descriptor)
    return None


def _remove_unless_in_use(directory: Path) -> None:
    lock = _locked(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if lock is not None:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def _escaped(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def publish(part: Path, target: Path) -> bool:
    """Gives a part its name, in one step; False where that is taken, and then nothing has happened.

    On a disk without links a file that appears at that very moment is replaced.
    """
    try:
        os.link(part, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            return False
        part.rename(target)
    return True


@contextmanager
def telling_of_the_copy(part: Path, *, only_full: bool = False) -> Iterator[None]:
    """Words what fails in a SQLite file in the making as its own trouble, and not as that of what it is copied from.

    With `only_full` nothing but a full disk: where SQLite copies file to file, it does not say which of them failed.
    """
    try:
        yield
    except DiskFullError as error:
        raise _no_room(part) from error
    except (sqlite3.Error, SQLAlchemyError) as error:
        said = getattr(error, "orig", error)
        if getattr(said, "sqlite_errorname", "") == "SQLITE_FULL":
            raise _no_room(part) from error
        if only_full or not isinstance(said, sqlite3.Error):
            raise
        raise ExportTargetError(
            f"backup: expected a copy that can be written in {_place(part)}, got {said}; name a file on another disk"
        ) from error


def _no_room(part: Path) -> DiskFullError:
    free = shutil.disk_usage(_place(part)).free
    return DiskFullError(
        f"backup: expected room for the copy, {free:,} bytes are free in {_place(part)}; free space there, "
        "or name a file on another disk"
    )


def _place(part: Path) -> Path:
    return part.parent.parent.absolute()
