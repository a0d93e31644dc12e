"""Backups of a database that is being written to: of one moment, sound, complete, and good to search on."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from nas.errors import ExportTargetError, StorageError
from nas.storage import backup as backups
from nas.storage.address import parse_url
from nas.storage.check import check
from nas.storage.connection import build_engine, write
from nas.storage.open import open_engine, open_storage
from nas.storage.owner import current_owner
from nas.storage.waiting import Waiting
from tests.nas.storage.examples import SEARCH
from tests.nas.storage.killing import kill_at
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
