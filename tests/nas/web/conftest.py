"""A database with two searches, and the service over it: in this process, and on a port."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from nas.web.app import build_app
from nas.web.server import ServerInThread, address_of, listen
from nas.web.settings import WebSettings
from tests.nas.web.searches import two_searches


@pytest.fixture(scope="session")
def searched_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a database that nobody writes to."""
    directory = tmp_path_factory.mktemp("searched")
    two_searches(directory)
    return directory


@pytest.fixture
def searched(searched_once: Path, tmp_path: Path) -> str:
    """The URL of a database with the finished searches "first" and "second", for this test alone."""
    for file in searched_once.glob("nas.db*"):
        shutil.copy(file, tmp_path)
    return f"sqlite:///{tmp_path / 'nas.db'}"


@pytest.fixture
def web_settings(searched: str, tmp_path: Path) -> WebSettings:
    return WebSettings(searched, port=0, exports=tmp_path / "exports")


@pytest.fixture
def app(web_settings: WebSettings) -> FastAPI:
    return build_app(web_settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Calls the service in this process; its threads run."""
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        yield client


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Gives the address of a real server on a free port, which is ended behind the block."""
    server = ServerInThread(app)
    listening = listen(WebSettings("", port=0))
    thread = threading.Thread(target=server.run, args=([listening],), name="served")
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server ended before it was up"
            thread.join(0.01)
        yield address_of(listening)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def served(app: FastAPI) -> Iterator[str]:
    """The address, without a slash behind it, of a real server over `searched`."""
    with serving(app) as address:
        yield address
