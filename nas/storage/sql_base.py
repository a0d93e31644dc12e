"""What all of `nas.storage.sql.SqlStorage` rests on: transactions that are insisted on, and the fence."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, Row, RowMapping, Table, select, text

from nas.errors import StorageError
from nas.storage import refusals
from nas.storage import statements as sql
from nas.storage.address import shown
from nas.storage.connection import Happened, for_writing, read, write
from nas.storage.contract import Storage
from nas.storage.prepared import Prepared
from nas.storage.records import Lease
from nas.storage.statements import Fence
from nas.storage.values import fits
from nas.storage.waiting import Waiting
from workers.points import reach

Result = TypeVar("Result")


class SqlBase(Storage):
    """The engine of a database whose tables are there, and what its methods share.

    **Exactly once.** `nas_searches.writes` counts the transactions of a driver under its lease, and each proves that it
    is the next one. Where the answer to a commit was lost, the count says whether it happened. Rows that are written
    without a lease carry a `uid` drawn before the first try, and a second row of the same uid is not written.
    """

    def __init__(self, engine: Engine, waiting: Waiting | None = None) -> None:
        self._engine, self._writer = engine, for_writing(engine)
        self._waiting = waiting or Waiting()
        self._location = shown(engine.url)
        self._writes: dict[tuple[int, int], int] = {}  # search id, epoch -> transactions so far
        self._renewed: dict[tuple[int, int], float] = {}  # the same -> when, on the monotonic clock
        self._opened = time.monotonic()

    def close(self) -> None:
        """Lets go of the database. May be called twice."""
        self._engine.dispose()

    # Transactions

    def _read(self, statement: Executable) -> Sequence[RowMapping]:
        return self._look(lambda connection: connection.execute(statement).mappings().all())

    def _look(self, work: Callable[[Connection], Result]) -> Result:
        return read(self._engine, work, self._waiting)

    def _write(self, work: Callable[[Connection], Result]) -> Result:
        """Does work without a lease, such that doing it again after a lost answer does no harm."""
        return write(self._writer, work, self._waiting)

    def _fenced(
        self,
        lease: Lease,
        point: str,
        statement: Prepared,
        work: Callable[[Connection, Fence], Result],
        again: Callable[[Connection, Row[Any]], Result],
        **values: object,
    ) -> Result:
        """Runs the fenced `statement`, then `work`, in a transaction that happens once.

        `again` gives what `work` would have given, from the search as it is, where the transaction had happened and
        its answer was lost. Both may be called several times. `point` names the step in `workers.points`, if it is one
        there. After an error of any kind the count of writes is asked of the database: the commit may have happened.
        """
        key = (lease.search_id, lease.epoch)
        writes = self._writes.pop(key, None)

        def do(connection: Connection) -> Result:
            nonlocal writes
            if writes is None:
                writes = self._held(connection, lease).writes
            found = statement.row(connection, {**_proof(lease), "lease_writes": writes, **values})
            if found is None:
                raise self._lease_lost(connection, lease)
            result = work(connection, Fence(*found))
            if point:
                reach(f"{point}.before_commit")
            return result

        def happened(connection: Connection) -> Happened[Result] | None:
            held = self._lease_row(connection, lease.search_id)
            if held.epoch != lease.epoch and statement is not sql.RELEASE:
                raise refusals.lease_lost(lease, held.name, held.owner)
            # A lease that is to be given back is, whoever has taken the next one and whatever was written under that.
            is_done = held.epoch != lease.epoch or (writes is not None and held.writes > writes)
            return Happened(again(connection, held)) if is_done else None

        result = write(self._writer, do, self._waiting, happened=happened)
        if point:
            reach(f"{point}.after_commit")
        assert writes is not None
        self._writes[key] = writes + 1
        return result

    def _held(self, connection: Connection, lease: Lease) -> Row[Any]:
        """Returns the row of the lease, locked; raises where it is not this one any more."""
        held = self._lease_row(connection, lease.search_id)
        if held.epoch != lease.epoch:
            raise refusals.lease_lost(lease, held.name, held.owner)
        return held

    def _lease_row(self, connection: Connection, search_id: int) -> Row[Any]:
        held = connection.execute(sql.LEASE, {"search": search_id}).one_or_none()
        if held is None:
            raise refusals.unknown_search_id(search_id, self._location)
        return held

    def _lease_lost(self, connection: Connection, lease: Lease) -> StorageError:
        """Returns why a fenced statement found nothing."""
        return refusals.written_by_another(lease, self._held(connection, lease).name)

    # Rows

    def _add_once(
        self, connection: Connection, table: Table, row: Mapping[str, object], key: str = "uid"
    ) -> bool:
        """Adds a row unless one agrees in the column `key`, in any that is unique where `key` is empty.

        Returns whether it did.
        """
        columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
        where = f"({key}) " if key else ""
        statement = text(
            f"INSERT INTO {table.name} ({columns}) VALUES ({values}) ON CONFLICT {where}DO NOTHING"
        )
        return connection.execute(statement, dict(row)).rowcount == 1

    def _trial_row(self, connection: Connection, search_id: int, number: int) -> RowMapping:
        wanted = select(sql.TRIALS).where(sql.TRIALS.c.search_id == search_id, sql.TRIALS.c.number == number)
        row = connection.execute(wanted).mappings().one_or_none() if fits(number) else None
        if row is None:
            # Not the row of the lease, which is locked: a transaction that only reads may not lock.
            known = select(sql.SEARCHES.c.name, sql.SEARCHES.c.created)
            search = connection.execute(known.where(sql.SEARCHES.c.search_id == search_id)).one_or_none()
            if search is None:
                raise refusals.unknown_search_id(search_id, self._location)
            raise refusals.unknown_trial(search.name, number, search.created)
        return row


def new_uid() -> str:
    """Returns 32 hexadecimal digits that name a row for good."""
    return secrets.token_hex(16)


def _proof(lease: Lease) -> dict[str, object]:
    return {"lease_search": lease.search_id, "lease_epoch": lease.epoch, "now": time.time()}
