"""The file of a SQLite database before it is opened: is there one, is it on a disk of this machine, is it ours."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL

from nas.errors import DatabaseUrlError
from nas.storage.address import shown
from nas.storage.schema import VERSION_TABLE, foreign_tables

MOUNTS = Path("/proc/self/mountinfo")

# Kinds of file systems that reach another machine. 9p and virtiofs are left out: they join a virtual machine to its
# own host. So is overlay on FUSE, which containers of ordinary users stand on.
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|ncpfs|afs|ceph|lustre|gpfs|beegfs(_nodev)?|glusterfs|pvfs2|fuse(\.(?!fuse-overlayfs).+)?"
)


def is_missing(url: URL) -> bool:
    """Whether there is nothing to open: only a file can be missing, a server is asked when it is opened."""
    return url.get_backend_name() == "sqlite" and not _path(url).exists()


def has_log(url: URL) -> bool:
    """Whether SQLite's log holds what is not in the file: another process writes, or was killed while it did."""
    log = Path(f"{_path(url).resolve()}-wal")  # SQLite keeps it beside the file that a link leads to
    return url.get_backend_name() == "sqlite" and log.exists() and log.stat().st_size > 0


def check_file(url: URL) -> None:
    """Raises where a file cannot be a database of ours, without having touched it; other databases pass.

    `DatabaseUrlError` where it lies on a disk that other machines see, `StorageError` where it is another program's.
    What is damaged passes: the database itself says best how. Only the driver of a search opens its database for
    writing, its workers never do, so a Ray cluster of many machines can work for a SQLite file.
    """
    if url.get_backend_name() != "sqlite":
        return
    kind = network_disk(_path(url))
    if kind:
        raise DatabaseUrlError(
            f"database {shown(url)}: expected a file on a disk of this machine, got one on {kind}, where the "
            "locks of SQLite do not hold; name a local file, or a PostgreSQL database"
        )
    tables = _tables(_path(url))
    if tables and VERSION_TABLE not in tables:
        raise foreign_tables(shown(url), tables)


def network_disk(path: Path) -> str | None:
    """Returns the kind of the network file system that `path` is on, None for a local disk or where it is not known."""
    if not MOUNTS.exists():
        return None
    parents = [str(parent) for parent in (path.resolve(), *path.resolve().parents)]
    # Of several mounts on one place the last one is seen.
    kinds = dict(
        _mount(line) for line in MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    )
    kind = next((kinds[parent] for parent in parents if parent in kinds), "")
    return kind if _NETWORK.fullmatch(kind) else None


def _mount(line: str) -> tuple[str, str]:
    """Returns the place and the kind of a mount (man 5 proc, /proc/pid/mountinfo)."""
    before, _, after = line.partition(" - ")
    place = re.sub(r"\\(\d{3})", lambda escape: chr(int(escape[1], 8)), before.split()[4])
    return place, after.split()[0]


def _tables(path: Path) -> list[str]:
    """Returns the tables of a SQLite file, none where it cannot be read.

    Neither locks nor logs are looked at, since even that may write: what is only in a log is not found.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return []
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path.absolute()))}?immutable=1", uri=True)
        ) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return [str(name) for (name,) in found]
    except (sqlite3.Error, UnicodeDecodeError):  # the text of SQLite's own errors may quote the damage
        return []


def _path(url: URL) -> Path:
    return Path(url.database or "")
