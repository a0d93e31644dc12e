"""A SQLite file that is removed or replaced while it is in use.

The processes that have it open go on with the old file, which no name leads to any more: all they write is gone when
they end, and their log, which keeps its name, spoils the file that has taken its place. So every transaction of a
process that writes looks first whether the name still leads to the file that was opened. Where it does not, nothing
more is written, and what the old file holds is copied to where it can be found.
"""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from nas.errors import StorageError


class FileWatch:
    """Knows which file a name led to when it was first opened. May be used by several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None
        self._lock = threading.Lock()
        self._ending = ""

    def opened(self) -> None:
        """Says that a connection has been made: the first one decides which file is meant."""
        with self._lock:
            if self._opened is None:
                self._opened = self._identity()

    def check(self, connection: sqlite3.Connection) -> None:
        """Raises `StorageError` where the name leads to another file or to none, having saved what was there."""
        if self._identity() == self._opened:
            return
        with self._lock:
            if not self._ending:
                self._ending = self._saved(connection)
                self._remove_log()
        raise StorageError(
            f"sqlite:///{self._path}: the file was removed or replaced while it was in use; nothing more is written; "
            f"{self._ending}"
        )

    def _identity(self) -> tuple[int, int] | None:
        return _identity(self._path)

    def _remove_log(self) -> None:
        """Removes the log of the old file, which would be taken for that of the new one."""
        for suffix in ("-wal", "-shm"):
            log = Path(f"{self._path}{suffix}")
            if _is_open_here(log):
                log.unlink(missing_ok=True)

    def _saved(self, connection: sqlite3.Connection) -> str:
        """Copies what the open file holds beside where it was; returns what to say of that."""
        target = Path(f"{self._path}.rescued-{os.getpid()}")
        try:
            with closing(sqlite3.connect(target)) as copy:
                connection.backup(copy)
        except sqlite3.Error as error:
            return f"what it held could not be saved in {target}: {error}"
        return f"what it held is in {target}: go on with --db sqlite:///{target}"


def _identity(path: str | Path) -> tuple[int, int] | None:
    """Returns device and number of a file, None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - before every transaction: three times as fast
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_open_here(path: Path) -> bool:
    """Whether this process has that very file open; False where the system does not tell."""
    identity, descriptors = _identity(path), Path("/proc/self/fd")
    if identity is None or not descriptors.is_dir():
        return False
    return any(_identity(descriptor) == identity for descriptor in descriptors.iterdir())
