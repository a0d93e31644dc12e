"""A database file that is removed or replaced while a search writes to it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nas.errors import StorageError
from nas.storage.check import check
from nas.storage.open import open_storage
from tests.nas.storage.examples import SEARCH


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    other = path.with_name("other.db")
    with open_storage(f"sqlite:///{other}"):
        pass
    shutil.move(other, path)


@pytest.mark.parametrize("misfortune", [remove, replace])
def test_nothing_more_is_written_and_what_was_there_is_saved(
    tmp_path: Path, misfortune: Callable[[Path], None]
) -> None:
    path = tmp_path / "nas.db"
    with open_storage(f"sqlite:///{path}") as storage:
        record = storage.create_search(SEARCH)
        misfortune(path)
        for _ in range(2):
            with pytest.raises(
                StorageError, match=r"removed or replaced.*go on with --db sqlite:///"
            ) as raised:
                storage.acquire(record.search_id, "host:1:1", seconds=30)
        assert raised.value.exit_code == 3
    rescued = list(tmp_path.glob("nas.db.rescued-*[0-9]"))
    assert len(rescued) == 1
    url = f"sqlite:///{rescued[0]}"
    assert not [finding for finding in check(url) if finding.is_damage]
    with open_storage(url) as storage:
        assert storage.search(SEARCH.name).search_id == record.search_id


def test_text_that_is_none_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "nas.db"
    with open_storage(f"sqlite:///{path}") as storage:
        storage.create_search(SEARCH)
    whole = path.read_bytes()
    start = whole.index(b"CREATE TABLE nas_trials") + 3
    path.write_bytes(whole[:start] + b"\xdf" + whole[start + 1 :])
    for look in (check, open_storage):
        with pytest.raises(StorageError, match="restore it from a backup"):
            look(f"sqlite:///{path}")


def test_a_file_that_has_taken_its_place_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "nas.db"
    with open_storage(f"sqlite:///{path}") as storage:
        storage.create_search(SEARCH)
        replace(path)
        with pytest.raises(StorageError, match="removed or replaced"):
            storage.searches()
    assert not check(f"sqlite:///{path}")
    with open_storage(f"sqlite:///{path}") as storage:
        assert storage.searches() == []
