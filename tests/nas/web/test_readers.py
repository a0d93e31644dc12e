"""Storages for requests, and what a request gets while the database is away."""

import threading
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from nas.errors import StorageError
from nas.storage.open import open_storage
from nas.storage.records import CommandKind
from nas.web import readers as module
from nas.web.app import build_app
from nas.web.readers import MOST_IDLE, Readers
from nas.web.settings import WebSettings
from tests.nas.storage.postgresql import Server
from tests.nas.web.searches import drive


def test_storages_are_kept_for_the_next(searched: str) -> None:
    readers = Readers(searched)
    with readers.read() as first, readers.read() as second:
        assert first is not second
    with readers.read() as again:
        assert again in (first, second)
    readers.close()


def test_a_reader_never_writes_and_a_writer_does(searched: str) -> None:
    readers = Readers(searched)
    with readers.read() as storage:
        search_id = storage.search("first").search_id
        with pytest.raises(StorageError):
            storage.add_command(search_id, CommandKind.STOP, "me@here")
    with readers.write() as storage:
        storage.add_command(search_id, CommandKind.STOP, "me@here")
    with readers.read() as storage:
        assert [command.issued_by for command in storage.commands(search_id)] == ["me@here"]
    readers.close()


def test_a_reader_does_not_lock_a_search_out(searched: str) -> None:
    readers = Readers(searched)
    with readers.read() as storage:
        storage.searches()
        drive(searched, "third", trials=3)
        assert storage.search("third").completed == 3
    readers.close()


def test_a_missing_file_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    readers = Readers(f"sqlite:///{tmp_path / 'nas.db'}")
    for give in (readers.read, readers.write):
        with pytest.raises(StorageError, match="got no such file"), give():
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_replaced_is_opened_anew(searched: str, tmp_path: Path) -> None:
    readers = Readers(searched)
    with readers.read() as storage:
        assert len(storage.searches()) == 2
    for file in tmp_path.glob("nas.db*"):
        file.unlink()
    open_storage(searched).close()
    with readers.read() as storage:
        assert storage.searches() == []
    readers.close()


def test_there_are_so_many_at_once_and_the_next_waits_in_vain(
    searched: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(module, "MOST_AT_ONCE", 1)
    readers = Readers(searched)
    with readers.read(), pytest.raises(StorageError, match="more requests than that"), readers.read():
        pass
    with readers.read() as storage:
        assert storage.searches()
    readers.close()


def test_many_threads_may_ask(searched: str) -> None:
    readers, found = Readers(searched), []

    def look() -> None:
        for _ in range(5):
            with readers.read() as storage:
                found.append(len(storage.searches()))

    threads = [threading.Thread(target=look) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 60
    assert len(readers._shelves[True].idle) <= MOST_IDLE
    readers.close()


def test_while_the_file_is_gone_everything_says_so(searched: str, tmp_path: Path, client: TestClient) -> None:
    for file in tmp_path.glob("nas.db*"):
        file.rename(file.with_name(f"{file.name}.away"))
    assert client.get("/healthz").status_code == 200
    for path in ("/readyz", "/api/v1/searches", "/api/v1/whoami"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), path
        assert str(tmp_path) not in answer.text
    for file in tmp_path.glob("*.away"):
        file.rename(file.with_suffix(""))
    assert client.get("/readyz").status_code == 200
    assert not list(tmp_path.glob("*.rescued*"))


def test_while_the_server_is_away_everything_says_so_without_the_password(server: Server) -> None:
    url = server.new_database()
    open_storage(url).close()
    app = build_app(WebSettings(url))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/readyz").status_code == 200
        server.stop()
        try:
            assert client.get("/healthz").status_code == 200
            for path in ("/readyz", "/api/v1/searches"):
                answer = client.get(path)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), path
                assert url.split("://")[1].split("/")[0] not in answer.text
                assert "refused" not in answer.text
        finally:
            server.start()
        assert client.get("/readyz").status_code == 200
