"""A database whose n-th step fails: a statement, a commit before it is done, or a commit that is done but not answered.

What fails is the driver's connection itself, under SQLAlchemy and under statements that pass it by. On PostgreSQL the
connection is really lost; on SQLite the file is said to be locked. Steps are counted from 1 over all connections that
are made inside the block:

    with breaking_at(7) as breaking:
        run_a_search()
    assert breaking.has_broken

`break_everywhere` does so for n = 1, 2, ... until a run meets no failure any more: SQLite's own way of testing.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
from sqlalchemy import Engine, event

MANY_STEPS = 5_000


class Breaking:
    """Counts steps and fails at one of them, `at`, or at the first of which `when` holds; else it only counts."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.when: Callable[[str], bool] | None = None
        self.steps: list[str] = []
        self._lock = threading.Lock()

    @property
    def has_broken(self) -> bool:
        return 0 < self.at <= len(self.steps)

    def breaks_now(self, step: str) -> bool:
        with self._lock:
            self.steps.append(step)
            if self.at == 0 and self.when and self.when(step):
                self.at = len(self.steps)
            return len(self.steps) == self.at


_current: Breaking | None = None


@contextmanager
def breaking_at(step: int) -> Iterator[Breaking]:
    global _current  # noqa: PLW0603 - connections are made deep inside what is tested
    assert _current is None, "one at a time"
    _current = Breaking(step)
    try:
        yield _current
    finally:
        _current = None


def break_everywhere(run: Callable[[], None], check: Callable[[Breaking], None], *, every: int = 1) -> int:
    """Returns how many different failures `run` met, one a call, each followed by a `check`; `run` starts anew.

    With `every` 7 only each seventh step fails, for runs of very many.
    """
    for failures in count():
        assert failures < MANY_STEPS, "a run of endless steps"
        with breaking_at(1 + failures * every) as breaking:
            run()
        if not breaking.has_broken:
            return failures
        check(breaking)
    raise AssertionError


def _fails(breaking: Breaking, step: str) -> bool:
    return breaking is _current and breaking.breaks_now(step)


class _SqliteCursor(sqlite3.Cursor):
    def execute(self, statement: str, *parameters: Any) -> "sqlite3.Cursor":
        if _fails(self.connection.breaking, statement):
            raise _locked()
        return super().execute(statement, *parameters)


class _SqliteConnection(sqlite3.Connection):
    breaking: Breaking

    def cursor(self, factory: type[sqlite3.Cursor] = _SqliteCursor) -> sqlite3.Cursor:
        return super().cursor(factory)

    def commit(self) -> None:
        if _fails(self.breaking, "before commit"):
            raise _locked()
        super().commit()
        if _fails(self.breaking, "after commit"):
            raise _locked()


def _locked() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorname = "SQLITE_BUSY"
    return error


class _PostgresqlCursor(psycopg.Cursor):
    def execute(self, statement: Any, *arguments: Any, **options: Any) -> "psycopg.Cursor":
        self.connection.lose_at(str(statement))
        return super().execute(statement, *arguments, **options)


class _PostgresqlConnection(psycopg.Connection):
    breaking: Breaking

    def lose_at(self, step: str) -> None:
        if _fails(self.breaking, step):
            self.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    def commit(self) -> None:
        self.lose_at("before commit")
        super().commit()
        self.lose_at("after commit")


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Any, _: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
    if _current is None:
        return None
    if dialect.name == "sqlite":
        connection = sqlite3.connect(*arguments, factory=_SqliteConnection, **options)
    else:
        connection = _PostgresqlConnection.connect(*arguments, cursor_factory=_PostgresqlCursor, **options)
    connection.breaking = _current
    return connection
