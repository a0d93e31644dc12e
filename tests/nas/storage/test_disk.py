"""Disks that are full or read-only, for real: what is waited for, what is said, and that nothing is lost."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.errors import DiskFullError, StorageError
from nas.storage import waiting as waits
from nas.storage.backup import back_up
from nas.storage.check import check
from nas.storage.open import open_engine, open_storage
from nas.storage.waiting import Waiting
from tests.nas.storage.disks import SmallDisk, small_disk
from tests.nas.storage.examples import begin, live

LARGE = b"x" * 500_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


def url_on(disk: SmallDisk, sqlite_url: str) -> str:
    shutil.copy(sqlite_url.removeprefix("sqlite:///"), disk.path / "nas.db")
    return f"sqlite:///{disk.path}/nas.db"


def test_room_is_waited_for(disk: SmallDisk, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "SAY_FIRST_SECONDS", 0.1)
    monkeypatch.setattr(waits, "SAY_EVERY_SECONDS", 0.1)
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if len(said) == 2:
            disk.free()

    with open_storage(url_on(disk, sqlite_url), waiting=Waiting(60, say=say)) as storage:
        search, lease = begin(storage)
        live(storage, lease, 0)
        disk.fill()
        for number in range(1, 40):  # what has room in the log already does not need any
            live(storage, lease, number)
        storage.save_checkpoint(lease, LARGE)
        assert storage.search(search.name).completed == 40
    assert len(said) == 3
    assert "database or disk is full, 0 bytes are free in " in said[0]
    assert f"{disk.path}; waited 0 s, waiting for another 60 s" in said[0]
    assert said[2].endswith("there again after 0 s")
    assert check(f"sqlite:///{disk.path}/nas.db") == []


def test_room_is_not_waited_for(disk: SmallDisk, sqlite_url: str) -> None:
    url = url_on(disk, sqlite_url)
    with open_storage(url, waiting=Waiting(3600, for_disk=False)) as storage:
        search, lease = begin(storage)
        live(storage, lease, 0)
        before = storage.search(search.name)
        disk.fill()
        with pytest.raises(
            DiskFullError, match=f"bytes are free in {disk.path}; free space on that disk"
        ) as error:
            storage.save_checkpoint(lease, LARGE)
        assert error.value.exit_code == 74
        assert storage.search(search.name) == before
        disk.free()
        live(storage, lease, 1)
    assert check(url) == []


def test_a_new_database_on_a_full_disk(disk: SmallDisk) -> None:
    disk.fill()
    url = f"sqlite:///{disk.path}/new.db"
    with pytest.raises(DiskFullError, match="0 bytes are free"):
        open_storage(url, waiting=Waiting(3600, for_disk=False))
    disk.free()
    open_storage(url).close()
    assert check(url) == []


def test_an_existing_database_on_a_disk_without_a_single_byte(disk: SmallDisk, sqlite_url: str) -> None:
    """The file that its processes share cannot be made, which SQLite calls a failed write."""
    url = url_on(disk, sqlite_url)
    disk.fill()
    with pytest.raises(DiskFullError, match=f"0 bytes are free in {disk.path}") as error:
        open_storage(url, waiting=Waiting(3600, for_disk=False))
    assert error.value.exit_code == 74
    disk.free()
    open_storage(url).close()


def test_no_room_for_a_backup(disk: SmallDisk, url: str) -> None:
    with open_storage(url) as storage:
        _, lease = begin(storage)
        live(storage, lease, 0)
    disk.fill()
    with (
        open_engine(url, read_only=True) as engine,
        pytest.raises(
            DiskFullError, match=f"room for the copy, 0 bytes are free in {disk.path}; free space there"
        ),
    ):
        back_up(engine, disk.path / "copy.db", Waiting(3600))
    assert [path.name for path in disk.path.iterdir()] == ["ballast"]


def test_a_disk_that_becomes_read_only(disk: SmallDisk, sqlite_url: str) -> None:
    url = url_on(disk, sqlite_url)
    before = (disk.path / "nas.db").read_bytes()
    disk.set_read_only(True)
    for read_only in (False, True):
        with pytest.raises(StorageError, match="make the file and its directory") as error:
            open_storage(url, read_only=read_only)
        assert error.value.exit_code == 3
    assert (disk.path / "nas.db").read_bytes() == before
    assert [path.name for path in disk.path.iterdir()] == ["nas.db"]
    disk.set_read_only(False)
    open_storage(url).close()
