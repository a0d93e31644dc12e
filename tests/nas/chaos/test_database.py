"""A file that is locked, connections that are cut: the victims notice."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from nas.chaos.database import cut_connections, is_file, lock_file
from nas.chaos.scene import comes_true
from tests.nas.storage.postgresql import Server


def test_nobody_else_writes_to_a_locked_file(tmp_path: Path) -> None:
    file = tmp_path / "nas.db"
    assert is_file(f"sqlite:///{file}")
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
        other.execute("CREATE TABLE numbers (number INTEGER)")
        holder = threading.Thread(target=lock_file, args=(f"sqlite:///{file}", 1.0))
        holder.start()
        assert comes_true(lambda: _is_locked(other), 60), "it was never locked"
        holder.join()
        assert not _is_locked(other)


def _is_locked(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("INSERT INTO numbers VALUES (1)")
    except sqlite3.OperationalError as error:
        return str(error) == "database is locked"
    return False


def test_connections_of_the_process_are_cut_and_no_others(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.new_database()
    assert not is_file(url)
    ours = create_engine(url)
    with ours.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
        assert cut_connections(url, os.getppid()) == 0
        assert connection.execute(text("SELECT 2")).scalar_one() == 2
        port = connection.execute(text("SELECT inet_client_port()")).scalar_one()
        elsewhere = SimpleNamespace(laddr=SimpleNamespace(ip="192.0.2.1", port=port))
        with monkeypatch.context() as patched:
            patched.setattr("psutil.Process.net_connections", lambda *_: [elsewhere])
            assert cut_connections(url, os.getpid()) == 0  # the same port of another machine
        assert connection.execute(text("SELECT 2")).scalar_one() == 2
        assert cut_connections(url, os.getpid()) >= 1
        with pytest.raises(OperationalError, match=r"terminat|closed"):
            connection.execute(text("SELECT 3"))
        connection.invalidate()
    ours.dispose()
