"""A command line that is called in this process, and a database with a finished search in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.cli.failures import run
from nas.cli.main import nas
from search_spaces import registry
from search_spaces.operations import OPERATIONS
from search_spaces.registry import SPACES
from tests.nas.cli.calling import TINY, Call, Ended


@pytest.fixture(autouse=True)
def fresh_plugins() -> Iterator[None]:
    """What a test's plugins declare is forgotten at its end."""
    tables = (OPERATIONS, SPACES, registry._plugins)
    before = [dict(table) for table in tables]
    yield
    for table, entries in zip(tables, before, strict=True):
        table.clear()
        table.update(entries)  # type: ignore[arg-type]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls `nas` with arguments, in this process."""
    monkeypatch.delenv("NAS_DATABASE", raising=False)

    def call_nas(*arguments: object) -> Ended:
        capfd.readouterr()
        code = run(nas, [str(argument) for argument in arguments])
        return Ended(code, *capfd.readouterr())

    return call_nas


@pytest.fixture(scope="session")
def finished_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database that holds the finished search "tiny" of five trials. Read only."""
    database = f"sqlite:///{tmp_path_factory.mktemp('finished') / 'nas.db'}"
    assert run(nas, ["search", "--name", "tiny", "--db", database, "--trials", "5", *TINY]) == 0
    return database


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The URL of a database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'nas.db'}"
