"""Databases that cannot be had: what is said, how soon, and that nothing is written."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from nas.errors import DatabaseUrlError, StorageError
from nas.storage import connection, schema
from nas.storage.open import has_database, open_storage
from nas.storage.schema import server_fault
from nas.storage.waiting import Waiting
from tests.nas.storage.examples import begin, live
from tests.nas.storage.postgresql import PASSWORD, USER, Server


def refusal(url: str) -> str:
    with pytest.raises(StorageError) as error:
        open_storage(url)
    assert error.value.exit_code == 3
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
    message = refusal(server.url("nowhere"))  # at once: a name that is not there is not waited for
    assert 'database "nowhere" does not exist' in message
    assert "database name" in message


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "OPEN_SECONDS", 0.2)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        message = refusal(f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/nas")
    assert "refused" in message
    assert "check that the server runs" in message


def test_a_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backlog of this socket is full: the kernel drops what else arrives, as a firewall would."""
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 2)  # psycopg takes no less
    monkeypatch.setattr(schema, "OPEN_SECONDS", 0.2)
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


def test_how_long_a_wrong_address_takes() -> None:
    """With what making one connection may take: less than 10 s."""
    assert schema.OPEN_SECONDS + connection.CONNECT_SECONDS < 10


def test_a_server_that_is_starting(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses connections first, and then answers that it is not ready."""
    monkeypatch.setattr(schema, "OPEN_SECONDS", 60.0)
    url = server.create_database("starting")
    server.kill()
    starting = server.start_in(0.3)
    open_storage(url).close()
    starting.join()


@pytest.mark.slow
def test_a_server_that_stops_and_starts(server: Server) -> None:
    url = server.create_database("restarted")
    said: list[str] = []
    with open_storage(url, waiting=Waiting(60, say=said.append)) as storage:
        search, lease = begin(storage)
        live(storage, lease, 0)
        server.stop("fast")
        server.start()
        live(storage, lease, 1)
        server.stop("fast")
        again = server.start_in(1.0)
        live(storage, lease, 2)  # waits for it
        again.join()
        server.kill()
        again = server.start_in(1.0)
        live(storage, lease, 3)
        again.join()
        assert [trial.number for trial in storage.trials(search.search_id)] == [0, 1, 2, 3]
    with open_storage(url, waiting=Waiting(1)) as storage:
        server.stop("immediate")
        try:
            with pytest.raises(StorageError, match="waited 1 s for it; check that the server runs"):
                storage.searches()
        finally:
            server.start()
        assert len(storage.searches()) == 1


def test_a_server_that_lets_nobody_write(server: Server) -> None:
    url = server.new_database()
    open_storage(url).close()
    server.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_read_only = on")
    assert "expected a database that can be written, got one that only lets us read: a replica" in refusal(
        url
    )
    open_storage(url, read_only=True).close()


def test_a_user_who_may_not_make_tables(server: Server) -> None:
    url = server.new_database()
    server.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    message = refusal(url.replace(f"{USER}:{PASSWORD}", "guest:guest"))
    assert "permission denied for schema public" in message
    assert "grant that user the right" in message


@pytest.mark.parametrize(
    ("version", "is_read_only", "message"),
    [
        (120_022, False, "expected PostgreSQL 13 or newer, got 12.22"),
        (90_603, True, "expected PostgreSQL 13 or newer, got 9"),
        (130_000, False, None),
        (150_004, False, None),
        (150_004, True, "only lets us read"),
    ],
)
def test_which_servers_will_do(version: int, is_read_only: bool, message: str | None) -> None:
    fault = server_fault(version, is_read_only=is_read_only)
    assert (fault is None) if message is None else (fault is not None and message in fault)


def test_a_truncated_or_damaged_file_is_not_written_to(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "nas.db"
    whole = path.read_bytes()
    page = int.from_bytes(whole[16:18])
    damages = {
        "malformed": whole[: len(whole) // 2],
        "malformed|not a database": whole[:100] + b"\xff" * page + whole[100 + page :],
        "not a database": b"\xff" * page + whole[page:],
    }
    for words, damage in damages.items():
        path.write_bytes(damage)
        for read_only in (False, True):
            with pytest.raises(StorageError, match=words) as caught:
                open_storage(sqlite_url, read_only=read_only)
            assert caught.value.exit_code == 3
            assert path.read_bytes() == damage
    path.write_bytes(b"")
    open_storage(sqlite_url).close()  # nothing yet: it is made


def test_reading_the_head_revision_needs_no_alembic(sqlite_url: str) -> None:
    """Migrations cost a quarter of a second to import; only a database that needs one pays."""
    script = f"import sys; from nas.storage.open import open_storage; open_storage({sqlite_url!r}).close()"
    check = f"{script}; sys.exit('alembic' in sys.modules or 'psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
