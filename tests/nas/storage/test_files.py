"""Files before they are opened: on which disk they are, whose they are."""

import sqlite3
from pathlib import Path

import pytest

from nas.errors import DatabaseUrlError, StorageError
from nas.storage import files
from nas.storage.address import parse_url
from nas.storage.files import check_file, has_log, is_missing, network_disk
from nas.storage.open import open_storage
from tests.nas.storage.disks import small_disk


def mounts(tmp_path: Path, *lines: tuple[object, str]) -> Path:
    """A table of mounts as the kernel writes it."""
    table = tmp_path / "mountinfo"
    text = [
        f"{number} 1 0:{number} / {str(place).replace(' ', chr(92) + '040')} rw,relatime shared:1 - {kind} source rw"
        for number, (place, kind) in enumerate(lines, 20)
    ]
    table.write_text("\n".join(text) + "\n")
    return table


@pytest.mark.parametrize(
    ("kind", "is_network"),
    [
        *(
            (kind, True)
            for kind in ("nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "fuse.s3fs", "fuse", "ceph", "lustre")
        ),
        *(
            (kind, False)
            for kind in ("ext4", "xfs", "btrfs", "overlay", "tmpfs", "zfs", "9p", "virtiofs", "fuseblk")
        ),
        ("fuse.fuse-overlayfs", False),
    ],
)
def test_kinds_of_disks(kind: str, is_network: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOUNTS", mounts(tmp_path, ("/", "ext4"), (tmp_path, kind)))
    url = parse_url(f"sqlite:///{tmp_path}/nas.db")
    if is_network:
        with pytest.raises(
            DatabaseUrlError, match=f"on a disk of this machine, got one on {kind}, .*PostgreSQL"
        ) as error:
            check_file(url)
        assert error.value.exit_code == 2
    else:
        check_file(url)


def test_the_nearest_mount_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local, remote = tmp_path / "a b" / "local", tmp_path / "a b"
    local.mkdir(parents=True)
    (tmp_path / "link").symlink_to(remote)
    table = mounts(tmp_path, ("/", "ext4"), (remote, "ext4"), (remote, "nfs4"), (local, "xfs"))
    monkeypatch.setattr(files, "MOUNTS", table)
    assert network_disk(remote / "nas.db") == "nfs4"
    assert network_disk(tmp_path / "link" / "deeper" / "nas.db") == "nfs4"
    assert network_disk(local / "nas.db") is None
    assert network_disk(tmp_path / "nas.db") is None
    monkeypatch.setattr(files, "MOUNTS", tmp_path / "not Linux")
    assert network_disk(remote / "nas.db") is None


def test_the_disks_of_this_machine_will_do(tmp_path: Path) -> None:
    assert network_disk(tmp_path / "nas.db") is None
    with small_disk(tmp_path / "small disk") as disk:
        kinds = [
            files._mount(line)[1]
            for line in files.MOUNTS.read_text().splitlines()
            if "small\\040disk" in line
        ]
        assert kinds == ["tmpfs"]
        assert network_disk(disk.path / "nas.db") is None


def test_a_network_disk_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOUNTS", mounts(tmp_path, (tmp_path, "nfs4")))
    for read_only in (False, True):
        (tmp_path / "nas.db").unlink(missing_ok=True)
        with pytest.raises(StorageError):
            open_storage(f"sqlite:///{tmp_path}/nas.db", read_only=read_only)
        assert not (tmp_path / "nas.db").exists()


def test_another_programs_log_stays_where_it_is(tmp_path: Path) -> None:
    """Opened as usual, the file would be written to when it is closed again."""
    theirs, copy = tmp_path / "theirs", tmp_path / "copy"
    theirs.mkdir()
    copy.mkdir()
    connection = sqlite3.connect(theirs / "app.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE notes (x)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("INSERT INTO notes VALUES (1)")
    for path in theirs.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    connection.close()
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    url = f"sqlite:///{copy}/app.db"
    assert has_log(parse_url(url))
    for read_only in (False, True):
        with pytest.raises(
            StorageError, match="got tables of another program: notes; name another database"
        ) as error:
            open_storage(url, read_only=read_only)
        assert error.value.exit_code == 3
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_a_server_is_no_file() -> None:
    url = parse_url("postgresql://me@host/nas")
    assert not is_missing(url)
    assert not has_log(url)
    check_file(url)
