"""A real PostgreSQL for whatever test asks for one; it is started once, by the first that does."""

import os
from collections.abc import Iterator

import pytest

from tests.nas.storage.postgresql import Server, find_programs


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs = find_programs()
    if programs is None:
        missing = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        assert not os.environ.get("CI"), missing
        pytest.skip(missing)
    server = Server.start_new(programs)
    yield server
    server.remove()
