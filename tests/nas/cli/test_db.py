"""`nas db`, and what every command says of a database URL that is not good."""

import hashlib
import json
import socket
import sqlite3
from pathlib import Path

import pytest

from nas.cli import db
from nas.storage import connection, files, schema
from nas.storage.schema import REVISION
from tests.nas.cli.calling import TINY, Call
from tests.nas.storage.postgresql import PASSWORD, USER, Server
from tests.nas.storage.releases import REVISIONS, restore_sqlite, rows_of


@pytest.fixture
def copied(finished_database: str, call: Call, tmp_path: Path) -> str:
    """A backup of the database with a finished search."""
    done = call("db", "backup", tmp_path / "copy.db", "--db", finished_database)
    assert (done.code, done.err) == (0, "")
    size = (tmp_path / "copy.db").stat().st_size
    assert done.out == f"{tmp_path}/copy.db: {size:,} bytes\n"
    return f"sqlite:///{tmp_path}/copy.db"


def test_a_backup_can_be_searched_on(copied: str, call: Call, finished_database: str) -> None:
    original = call("leaderboard", "tiny", "--db", finished_database).out
    assert call("leaderboard", "tiny", "--db", copied).out == original
    done = call("search", "--resume", "tiny", "--trials", "7", "--db", copied)
    assert done.code == 0, done.err
    assert json.loads(call("show", "tiny", "--json", "--db", copied).out)["completed"] == 7
    assert call("db", "check", "--db", copied) == (0, f"{copied} is sound\n", "")
    assert call("leaderboard", "tiny", "--db", finished_database).out == original


def test_a_backup_is_never_written_over(copied: str, call: Call, finished_database: str) -> None:
    path = copied.removeprefix("sqlite:///")
    done = call("db", "backup", path, "--db", finished_database)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"error: backup: expected a file that does not exist yet, got {path}; name another\n"


def test_check_finds_and_does_not_touch(copied: str, call: Call) -> None:
    path = Path(copied.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE nas_searches SET told = told - 1, log = log + 1")
    raw.close()
    before = path.read_bytes()
    done = call("db", "check", "--db", copied)
    assert (done.code, done.err) == (3, "")
    assert [line.split()[:3] for line in done.out.splitlines()] == [["damage", "search", "'tiny':"]] * 2
    as_json = call("db", "check", "--json", "--db", copied)
    assert as_json.code == 3
    assert [finding["is_damage"] for finding in json.loads(as_json.out)] == [True, True]
    assert path.read_bytes() == before


def test_reading_waits_for_no_writer(
    copied: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a writer in the midst of a transaction, which reading in turn does not hold up."""
    monkeypatch.setattr(connection, "LOCK_SECONDS", 0.02)
    monkeypatch.setattr(db, "AUDIT_SECONDS", 0.1)
    path = copied.removeprefix("sqlite:///")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE nas_searches SET error_text = 'not committed'")
    for command in (
        ["list"],
        ["show", "tiny"],
        ["show", "tiny", "1"],
        ["leaderboard", "tiny"],
        ["db", "check"],
    ):
        done = call(*command, "--db", copied)
        assert (done.code, done.err) == (0, "")
        assert "not committed" not in done.out
    backup = call("db", "backup", tmp_path / "second.db", "--db", copied)
    assert backup.code == 0
    assert "note: that there is a backup could not be kept in the database: " in backup.err
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM nas_trials").fetchall()
        writer.execute("COMMIT")
        writer.execute("UPDATE nas_searches SET error_text = 'and again'")
    reader.close()
    writer.close()
    assert call("db", "check", "--db", copied).code == 0


def test_check_tells_what_is_no_damage(call: Call, tmp_path: Path) -> None:
    url = restore_sqlite(REVISIONS[-1], tmp_path / "nas.db")
    assert call("db", "upgrade", "--db", url).code == 0
    done = call("db", "check", "--db", url)
    assert done.code == 0
    assert done.out.startswith("note    search 'crashed': its driver, ")


def test_upgrade_makes_the_tables_where_it_is_asked_to(call: Call, tmp_path: Path, server: Server) -> None:
    (tmp_path / "empty.db").touch()
    for url in (f"sqlite:///{tmp_path}/new.db", f"sqlite:///{tmp_path}/empty.db", server.new_database()):
        for _ in range(2):
            done = call("db", "upgrade", "--create", "--db", url)
            assert (done.code, done.out) == (0, f"schema {REVISION}: up to date\n"), done.err
        assert call("db", "check", "--db", url).code == 0


def test_upgrade_brings_older_tables_up_to_date_all_the_same(call: Call, tmp_path: Path) -> None:
    restore_sqlite("0001", tmp_path / "nas.db")
    done = call("db", "upgrade", "--create", "--db", f"sqlite:///{tmp_path}/nas.db")
    assert done.code == 0, done.err
    assert done.out.startswith(f"schema 0001 -> {REVISION}, ")


def test_upgrade(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    restore_sqlite("0001", tmp_path / "nas.db")
    rows = sum(len(found) for found in rows_of("sqlite:///nas.db").values())
    for command in (
        ["list"],
        ["show", "paused"],
        ["search", "--resume", "paused"],
        ["db", "check"],
        ["stop", "paused"],
    ):
        refused = call(*command)
        assert refused.code == 3
        assert refused.err.startswith(
            f"error: sqlite:///nas.db: expected schema {REVISION}, got 0001, written by nas "
        )
        assert "`nas db upgrade` brings it up to date and keeps every row" in refused.err
    done = call("db", "upgrade")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"schema 0001 -> {REVISION}, {rows} rows kept"
    assert done.out.splitlines()[-1] == "the database as it was: nas.db.schema-0001.bak"
    assert call("list").code == 0
    assert call("db", "upgrade") == (0, f"schema {REVISION}: up to date\n", "")


def test_a_newer_schema(call: Call, copied: str) -> None:
    path = copied.removeprefix("sqlite:///")
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE nas_alembic_version SET version_num = '9001'")
    raw.close()
    for command in (["list"], ["search", "--name", "new", *TINY], ["db", "upgrade"], ["db", "check"]):
        done = call(*command, "--db", copied)
        assert done.code == 3
        assert f"expected schema {REVISION} or older, got 9001" in done.err
        assert "upgrade it" in done.err


def test_nothing_to_back_up(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    done = call("db", "backup", tmp_path / "copy.db", "--db", f"sqlite:///{tmp_path}/empty.db")
    assert (done.code, done.out) == (3, "")
    assert "got no tables; there is nothing to back up" in done.err
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [("empty.db", 0)]


def address(name: str, tmp_path: Path) -> str:
    """Database URLs that are wrong without any server, by the number of the case that they are of."""
    text = tmp_path / "notes.txt"
    text.write_text("not a database\n" * 100)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE studies (id INTEGER)")
    raw.close()
    return name.replace("TMP", str(tmp_path))


@pytest.mark.parametrize(
    ("url", "code", "message"),
    [
        ("sqlite:///", 2, "expected a file, as in sqlite:///nas.db: memory would lose the search"),
        ("sqlite://", 2, "expected a file, as in sqlite:///nas.db"),
        (
            "sqlite:///TMP/missing/nas.db",
            2,
            "expected an existing directory, got TMP/missing; create it first",
        ),
        ("sqlite:///TMP", 2, "expected a file, got the directory TMP; name a file in it"),
        ("sqlite:///TMP/notes.txt", 3, "file is not a database; name a file that this product made"),
        ("sqlite:///TMP/other.db", 3, "got tables of another program: studies; name another database"),
        ("mysql://me:SEKRET@host/nas", 2, "expected sqlite:///FILE or postgresql+psycopg://"),
        ("foo://x", 2, "got scheme 'foo'"),
        ("notaurl", 2, "for a file write sqlite:///notaurl"),
        ("postgresql://me:SEKRET%@host/nas", 2, "expected two hexadecimal digits behind every '%'"),
    ],
)
def test_urls_that_are_wrong(url: str, code: int, message: str, call: Call, tmp_path: Path) -> None:
    url = address(url, tmp_path)
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    for command in (["search", "--name", "new", *TINY], ["list"], ["db", "check"], ["db", "upgrade"]):
        done = call(*command, "--db", url)
        assert (done.code, done.out) == (code, ""), done
        assert message.replace("TMP", str(tmp_path)) in done.err
        assert "SEKRET" not in done.err
        assert done.err.count("\n") == 1
    after = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert after == before


def test_a_network_disk(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mounts").write_text(f"20 1 0:20 / {tmp_path} rw - nfs4 server:/home rw\n")
    monkeypatch.setattr(files, "MOUNTS", tmp_path / "mounts")
    done = call("search", "--name", "new", *TINY, "--db", f"sqlite:///{tmp_path}/nas.db")
    assert done.code == 2
    assert (
        "got one on nfs4, where the locks of SQLite do not hold; name a local file, or a PostgreSQL"
        in done.err
    )
    assert not (tmp_path / "nas.db").exists()


def test_servers_that_cannot_be_had(call: Call, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "OPEN_SECONDS", 0.2)  # its own test says that it is short enough
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        closed = reserved.getsockname()[1]
        for url, message in (
            (server.url("postgres", password="SEKRET"), "password authentication failed"),
            (server.url("nowhere"), 'database "nowhere" does not exist'),
            (f"postgres://me:SEKRET@127.0.0.1:{closed}/nas", "Connection refused"),
            ("postgres://me:SEKRET@127.0.0.1:1/nas", "Connection refused"),
            ("postgres://me:SEKRET@no-such-host.invalid/nas", "no-such-host.invalid"),
        ):
            done = call("search", "--name", "new", *TINY, "--db", url)
            assert (done.code, done.out) == (3, "")
            assert message in done.err
            assert "check that the server runs, and host, port, user, password and database name" in done.err
            assert ":***@" in done.err
            assert not {"SEKRET", PASSWORD} & set(done.err.replace("@", ":").split(":"))


def test_servers_that_do_not_let_us_write(call: Call, server: Server) -> None:
    url = server.new_database().replace("postgresql+psycopg", "postgres")
    database = url.rpartition("/")[2]
    server.execute("CREATE ROLE visitor LOGIN PASSWORD 'visitor'")
    done = call(
        "search", "--name", "new", *TINY, "--db", url.replace(f"{USER}:{PASSWORD}", "visitor:visitor")
    )
    assert done.code == 3
    assert "permission denied for schema public" in done.err
    server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    done = call("search", "--name", "new", *TINY, "--db", url)
    assert done.code == 3
    assert "expected a database that can be written, got one that only lets us read" in done.err


def test_postgresql_from_end_to_end(call: Call, server: Server, tmp_path: Path) -> None:
    """Under the short name that hosting services give: searched, checked, copied, and gone on with as a file."""
    url = server.new_database().replace("postgresql+psycopg", "postgres")
    assert call("search", "--name", "tiny", "--trials", "3", *TINY, "--db", url).code == 0
    shown = url.replace(PASSWORD, "***")
    assert call("db", "check", "--db", url) == (0, f"{shown} is sound\n", "")
    assert call("db", "backup", tmp_path / "copy.db", "--db", url).code == 0
    copy = f"sqlite:///{tmp_path}/copy.db"
    assert call("leaderboard", "tiny", "--db", copy).out == call("leaderboard", "tiny", "--db", url).out
    assert call("search", "--resume", "tiny", "--trials", "4", "--db", copy).code == 0
    assert call("db", "check", "--db", copy).code == 0
