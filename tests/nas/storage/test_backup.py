"""Backups of a database that is being written to: of one moment, sound, complete, and good to search on."""

import errno
import os
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from nas.errors import ExportTargetError, StorageError
from nas.storage import backup as backups
from nas.storage.address import parse_url
from nas.storage.check import check
from nas.storage.connection import build_engine, read, write
from nas.storage.open import open_engine, open_storage
from nas.storage.owner import current_owner
from nas.storage.parts import publish, telling_of_the_copy
from nas.storage.records import LogKind
from nas.storage.waiting import Waiting
from tests.nas.storage.examples import SEARCH, begin
from tests.nas.storage.killing import kill_at
from tests.nas.storage.postgresql import Server
from tests.nas.storage.releases import rows_of
from tests.nas.storage.test_check import fill
from tests.nas.storage.test_sql import Driver


def back_up(url: str, target: Path) -> None:
    with open_engine(url, read_only=True) as engine:
        backups.back_up(engine, target, Waiting())


def test_every_row_is_in_it(url: str, tmp_path: Path) -> None:
    fill(url)
    before = rows_of(url)
    back_up(url, tmp_path / "copy.db")
    assert rows_of(url) == before
    copy = rows_of(f"sqlite:///{tmp_path}/copy.db")
    assert copy.keys() == before.keys()
    for table, rows in before.items():
        assert copy[table] == rows, table
    assert check(f"sqlite:///{tmp_path}/copy.db") == []
    assert sorted(path.name for path in tmp_path.glob("*copy*")) == ["copy.db"]


def test_of_a_search_that_goes_on(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small steps, so that the driver writes between them; the copy is of one moment all the same."""
    monkeypatch.setattr(backups, "PAGES_A_STEP", 1)
    monkeypatch.setattr(backups, "ROWS_A_STEP", 1)
    with open_storage(url) as storage:
        storage.create_search(SEARCH)
        driver = Driver(url)
        while storage.search(SEARCH.name).completed < 40:
            driver.output.readline()
        before = storage.search(SEARCH.name).completed
        back_up(url, tmp_path / "copy.db")
        after = storage.search(SEARCH.name).completed
        driver.kill_after(1, seed=0)
    assert after > before, "nothing was written meanwhile"
    copy = f"sqlite:///{tmp_path}/copy.db"
    assert check(copy) == []
    with open_storage(copy) as storage:
        record = storage.search(SEARCH.name)
        assert before <= record.completed <= after
        lease = storage.acquire(record.search_id, current_owner(), seconds=30)
        for trial in storage.open_trials(record.search_id):
            assert trial.number >= record.created - 1
        told = sum(trial.told_event is not None for trial in storage.trials(record.search_id))
        assert record.event >= told
        storage.note(lease, "goes on")
    assert check(copy) == []


@pytest.mark.parametrize("point", ["backup.before_rename", "backup.after_rename"])
def test_killed_on_the_way(point: str, sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url)
    copy = tmp_path / "copy.db"
    kill_at(point, back_up, sqlite_url, copy)
    assert copy.exists() == (point == "backup.after_rename")
    if not copy.exists():
        back_up(sqlite_url, copy)
    assert rows_of(f"sqlite:///{copy}") == rows_of(sqlite_url)
    assert sorted(path.name for path in tmp_path.glob("*copy*")) == ["copy.db"]


def test_what_is_there_stays(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("mine", "dangling", "nas.db"):
        with pytest.raises(
            ExportTargetError, match=rf"expected a file that does not exist yet, got .*{name}"
        ):
            back_up(sqlite_url, tmp_path / name)
    assert (tmp_path / "mine").read_text() == "mine"
    with pytest.raises(
        ExportTargetError, match=r"expected a file that can be written, got .*: No such file or direc"
    ):
        back_up(sqlite_url, tmp_path / "missing" / "copy.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "mine", "nas.db"]


def test_two_at_once_to_one_name(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one begins and ends while the first has its copy whole and not named yet."""
    with open_storage(url) as storage:
        _, lease = begin(storage)
        target = tmp_path / "copy.db"
        points: list[str] = []

        def meanwhile(point: str) -> None:
            points.append(point)
            if len(points) == 1:
                storage.note(lease, "only in the second")
                back_up(url, target)

        monkeypatch.setattr(backups, "reach", meanwhile)
        with pytest.raises(ExportTargetError, match=r"that does not exist yet, got .*copy\.db; name another"):
            back_up(url, target)
        events = storage.events(1)
    assert points == ["backup.before_rename", "backup.before_rename", "backup.after_rename"]
    assert check(f"sqlite:///{target}") == []
    with open_storage(f"sqlite:///{target}", read_only=True) as copy:
        assert copy.events(1) == events
    assert sorted(path.name for path in tmp_path.glob("*copy*")) == ["copy.db"]


def test_on_a_disk_without_links(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    back_up(sqlite_url, tmp_path / "copy.db")
    assert check(f"sqlite:///{tmp_path}/copy.db") == []
    (tmp_path / "part").touch()
    assert not publish(tmp_path / "part", tmp_path / "copy.db")


def test_of_the_moment_at_which_it_begins(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written once the snapshot is taken is not in it: a copy that began anew each time might never end."""
    with open_storage(sqlite_url) as storage:
        search, lease = begin(storage)
        connect = sqlite3.connect

        def write_first(*arguments: Any, **options: Any) -> sqlite3.Connection:
            monkeypatch.setattr(backups.sqlite3, "connect", connect)
            storage.note(lease, "too late")
            return connect(*arguments, **options)

        with open_engine(sqlite_url, read_only=True) as engine:
            read(engine, lambda _: None, Waiting())
            monkeypatch.setattr(backups.sqlite3, "connect", write_first)
            backups._copy_file(engine, tmp_path / "copy.db", Waiting())
        assert storage.events(search.search_id)[-1].text == "too late"
    with open_storage(f"sqlite:///{tmp_path}/copy.db", read_only=True) as copy:
        assert [entry.kind for entry in copy.events(search.search_id)] == [LogKind.CREATED, LogKind.TAKEN]


def test_a_copy_that_fails_is_not_the_database_that_does(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_WRITE"
    for raised in (error, OperationalError("INSERT", {}, error)):
        with (
            pytest.raises(
                ExportTargetError, match=r"got disk I/O error; name a file on another disk"
            ) as said,
            telling_of_the_copy(tmp_path / "x.part" / "copy.db"),
        ):
            raise raised
        assert f"can be written in {tmp_path}, " in str(said.value)
    with pytest.raises(OperationalError), telling_of_the_copy(tmp_path / "x.part" / "copy.db"):
        raise OperationalError("SELECT", {}, psycopg.OperationalError("server closed the connection"))


def test_nothing_to_back_up(tmp_path: Path, server: Server) -> None:
    (tmp_path / "empty.db").touch()
    for url in (f"sqlite:///{tmp_path}/empty.db", server.new_database()):
        with pytest.raises(StorageError, match="got no tables; there is nothing to back up"):
            back_up(url, tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir()] == ["empty.db"]
    assert (tmp_path / "empty.db").stat().st_size == 0


def test_a_damaged_database_gives_no_backup(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url)
    path = tmp_path / "nas.db"
    whole = bytearray(path.read_bytes())
    size = int.from_bytes(whole[16:18])
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_nas_trials_reward'")
        ((page,),) = found.fetchall()
    connection.close()
    whole[(page - 1) * size + 100 : page * size] = bytes(size - 100)
    path.write_bytes(whole)
    with pytest.raises(
        StorageError, match=r"expected a sound copy, got .*; `nas db check` says what is damaged"
    ):
        back_up(sqlite_url, tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == []


def test_names_that_urls_have_trouble_with(sqlite_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "a b?c%20#.db"
    back_up(sqlite_url, copy)
    assert copy.exists()


def test_an_older_postgresql_is_upgraded_first(postgresql_url: str, tmp_path: Path) -> None:
    engine = build_engine(parse_url(postgresql_url), read_only=False)
    sets = "UPDATE nas_alembic_version SET version_num = "
    present = rows_of(postgresql_url)["nas_alembic_version"][0]["version_num"]
    write(engine, lambda connection: connection.execute(text(f"{sets}'0003'")), Waiting())
    try:
        with pytest.raises(StorageError, match=r"got 0003.*`nas db upgrade`"):
            back_up(postgresql_url, tmp_path / "copy.db")
    finally:
        write(engine, lambda connection: connection.execute(text(f"{sets}'{present}'")), Waiting())
        engine.dispose()
    assert list(tmp_path.glob("*copy*")) == []
