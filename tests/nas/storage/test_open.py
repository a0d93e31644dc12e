"""Databases that cannot be had: what is said, how soon, and that nothing is written."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nas.errors import DatabaseUrlError, StorageError
from nas.storage.open import has_database, open_storage
from tests.nas.storage.examples import begin, live
from tests.nas.storage.postgresql import PASSWORD, USER, Server


def refusal(url: str) -> str:
    began = time.monotonic()
    with pytest.raises(StorageError) as error:
        open_storage(url)
    assert time.monotonic() - began < 10
    message = str(error.value)
    assert PASSWORD not in message
    assert "\n" not in message
    return message


def test_only_a_file_can_be_missing(sqlite_url: str, tmp_path: Path) -> None:
    assert has_database(sqlite_url)
    assert not has_database(f"sqlite:///{tmp_path}/missing.db")
    assert not (tmp_path / "missing.db").exists()
    assert has_database("postgresql+psycopg://nobody@nowhere/nas")  # asked only when it is opened
    with pytest.raises(DatabaseUrlError):
        has_database("mysql://nowhere")


def test_a_text_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, whatever it is called\n" * 50)
    assert refusal(f"sqlite:///{path}").startswith(
        f"sqlite:///{path}: file is not a database; name a file that this"
    )
    assert path.read_text().startswith("not a database")


def test_a_truncated_file(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "nas.db"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "database disk image is malformed; restore it from a copy" in refusal(sqlite_url)


@pytest.mark.skipif("os.geteuid() == 0", reason="root may write everywhere")
def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "make the file and its directory readable and writable" in refusal(f"sqlite:///{tmp_path}/nas.db")


def test_a_wrong_password(server: Server) -> None:
    message = refusal(server.url("postgres", password="wr0ng"))
    assert message.startswith(f"postgresql+psycopg://{USER}:***@127.0.0.1:{server.port}/postgres: ")
    assert "password authentication failed" in message
    assert "wr0ng" not in message


def test_an_unknown_database(server: Server) -> None:
    message = refusal(server.url("nowhere"))
    assert 'database "nowhere" does not exist' in message
    assert "database name" in message


def test_nobody_listens() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        message = refusal(f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/nas")
    assert "refused" in message
    assert "check that the server runs" in message


def test_a_host_that_does_not_answer() -> None:
    """The backlog of this socket is full: the kernel drops what else arrives, as a firewall would."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        clients = [socket.socket() for _ in range(4)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex(deaf.getsockname())
        message = refusal(f"postgresql://me:{PASSWORD}@127.0.0.1:{deaf.getsockname()[1]}/nas")
        for client in clients:
            client.close()
    assert "timeout" in message


@pytest.mark.slow
def test_a_server_that_stops_and_starts(server: Server) -> None:
    url = server.create_database("restarted")
    with open_storage(url) as storage:
        search, lease = begin(storage)
        live(storage, lease, 0)
        server.stop("fast")
        server.start()
        live(storage, lease, 1)
        server.stop("fast")
        again = threading.Timer(1.0, server.start)
        again.start()
        live(storage, lease, 2)  # waits for it
        again.join()
        server.stop("immediate")
        with pytest.raises(StorageError, match="check that the server runs"):
            live(storage, lease, 3)
        server.start()
        live(storage, lease, 3)
        assert [trial.number for trial in storage.trials(search.search_id)] == [0, 1, 2, 3]


def test_a_full_disk(sqlite_url: str) -> None:
    with open_storage(sqlite_url) as storage:
        search, lease = begin(storage)
        live(storage, lease, 0)
        raw = storage._reader.raw_connection()
        raw.cursor().execute(
            "PRAGMA max_page_count = 1"
        )  # no less than what is used: the next page is one too many
        raw.close()
        before = storage.search(search.name)
        with pytest.raises(
            StorageError, match="database or disk is full; free space on that disk, then --resume"
        ):
            storage.save_checkpoint(lease, b"x" * 100_000)
        assert storage.search(search.name) == before
        raw = storage._reader.raw_connection()
        raw.cursor().execute("PRAGMA max_page_count = 1000000")
        raw.close()
        storage.save_checkpoint(lease, b"x" * 100_000)


def test_reading_the_head_revision_needs_no_alembic(sqlite_url: str) -> None:
    """Migrations cost a quarter of a second to import; only a database that needs one pays."""
    script = f"import sys; from nas.storage.open import open_storage; open_storage({sqlite_url!r}).close()"
    check = f"{script}; sys.exit('alembic' in sys.modules or 'psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
