"""Every kind of storage: in memory, in a SQLite file, in a real PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.storage.contract import Storage
from nas.storage.memory import InMemoryStorage
from nas.storage.open import open_storage
from tests.nas.storage.postgresql import Server


@pytest.fixture(scope="session")
def _empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables, to be copied: faster than making them each time."""
    path = tmp_path_factory.mktemp("storage") / "empty.db"
    open_storage(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(_empty_file: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(_empty_file, tmp_path / 'nas.db')}"


@pytest.fixture(scope="session")
def _postgresql_database(server: Server) -> str:
    url = server.create_database("shared")
    open_storage(url).close()
    return url


@pytest.fixture
def postgresql_url(server: Server, _postgresql_database: str) -> str:
    tables = server.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'nas\\_%'", "shared")
    ours = [name for (name,) in tables if name not in ("nas_meta", "nas_alembic_version")]
    server.execute(f"TRUNCATE {', '.join(ours)} RESTART IDENTITY", "shared")
    return _postgresql_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A database with our tables, all of them empty."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    if request.param == "memory":
        yield InMemoryStorage()
        return
    with open_storage(request.getfixturevalue(f"{request.param}_url")) as storage:
        yield storage
