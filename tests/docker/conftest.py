"""A real PostgreSQL, as the tests of storage have it."""

from tests.nas.conftest import server

__all__ = ["server"]
