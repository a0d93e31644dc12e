"""Statements that a search runs for every trial: written and compiled by SQLAlchemy, run on the driver itself.

What SQLAlchemy does around a statement costs five times what SQLite does inside it: 40 us against 8. Transactions,
connections and everything that is not done for every trial stay with SQLAlchemy.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, TextClause, Update
from sqlalchemy.engine.interfaces import DBAPICursor


class Prepared:
    """One statement, compiled when it first meets a kind of database. It must be given the same names every time.

    Values reach the driver as they are, so they must be of the plain types that `nas.storage.values.checked` lets pass.
    """

    def __init__(self, statement: Select[Any] | Insert | Update | Delete | TextClause) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, dict[str, Any]]] = {}

    def row(self, connection: Connection, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """Runs a statement that returns what it wrote: one row, or None where it found nothing to write to."""
        found = self._run(connection, values).fetchall()
        return found[0] if found else None

    def rows(self, connection: Connection, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Runs a statement that reads; gives all that it found."""
        return list(self._run(connection, values).fetchall())

    def count(self, connection: Connection, values: Mapping[str, object]) -> int:
        """Runs a statement that returns nothing; gives the number of rows it wrote."""
        return self._run(connection, values).rowcount

    def _run(self, connection: Connection, values: Mapping[str, object]) -> DBAPICursor:
        text, constants = self._compile(connection, values)
        cursor = connection.connection.cursor()
        cursor.execute(text, {**constants, **values})
        return cursor

    def _compile(self, connection: Connection, values: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
        name = connection.dialect.name
        if name not in self._compiled:
            compiled = self._statement.compile(dialect=connection.dialect, column_keys=list(values))
            self._compiled[name] = (str(compiled), dict(compiled.params))
        return self._compiled[name]
