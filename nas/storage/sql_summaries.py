"""Looking at very many trials, or very often, in SQLite or PostgreSQL: rows as the driver gives them, not parsed."""
# ruff: noqa: D102 - the contract says what each method does

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, or_, select

from nas.storage import log_rows, rows, service_rows
from nas.storage import statements as sql
from nas.storage.prepared import Prepared
from nas.storage.records import LogEntry, TrialSummary
from nas.storage.sql_base import SqlBase
from nas.storage.values import fits
from nas.trial import PolicyUpdate

AT_ONCE = 900
"""Numbers in one statement; SQLite takes 32,766, or 999 where it is older than 3.32."""

_t = sql.TRIALS.c
_of_search = select(*(_t[name] for name in service_rows.SUMMARY_FIELDS)).where(
    _t.search_id == bindparam("search")
)
_following = _of_search.where(_t.number > bindparam("after")).order_by(_t.number)
_FOLLOWING = Prepared(_following)
_FIRST_FOLLOWING = Prepared(_following.limit(bindparam("at_most")))
_NUMBERED = _of_search.where(_t.number.in_(bindparam("numbers", expanding=True))).order_by(_t.number)


class SqlSummaries(SqlBase):
    """The methods of `nas.storage.service_contract` that look at trials and the log."""

    def summaries(self, search_id: int, *, after: int = -1, limit: int | None = None) -> list[TrialSummary]:
        values = {"search": search_id, "after": after}

        def look(connection: Connection) -> list[TrialSummary]:
            found = (
                _FOLLOWING.rows(connection, values)
                if limit is None
                else _FIRST_FOLLOWING.rows(connection, {**values, "at_most": limit})
            )
            return list(map(TrialSummary._make, found))

        return self._look(look)

    def summaries_of(self, search_id: int, numbers: Sequence[int]) -> list[TrialSummary]:
        wanted = sorted(filter(fits, set(numbers)))

        def look(connection: Connection) -> list[TrialSummary]:
            return [
                TrialSummary._make(row)
                for first in range(0, len(wanted), AT_ONCE)
                for row in connection.execute(
                    _NUMBERED, {"search": search_id, "numbers": wanted[first : first + AT_ONCE]}
                )
            ]

        return self._look(look)

    def children(self, search_id: int, number: int, *, limit: int = 100) -> list[int]:
        if not fits(number):
            return []
        of_parent = select(_t.number).where(_t.search_id == search_id, _t.parent == number)
        return [row["number"] for row in self._read(of_parent.order_by(_t.number).limit(limit))]

    def last_event(self, search_id: int) -> int:
        s = sql.SEARCHES.c
        found = self._read(select(s.log).where(s.search_id == search_id))
        return int(found[0]["log"]) if found else 0

    def newest_events(self, search_id: int, *, before: int | None = None, limit: int = 100) -> list[LogEntry]:
        e = sql.EVENTS.c
        newest_first = (
            select(sql.EVENTS).where(e.search_id == search_id).order_by(e.event_id.desc()).limit(limit)
        )
        if before is not None:
            newest_first = newest_first.where(e.event_id < before)
        return [log_rows.read_event(row) for row in self._read(newest_first)]

    def sampled_updates(self, search_id: int, points: int) -> list[PolicyUpdate]:
        u = sql.UPDATES.c

        def look(connection: Connection) -> list[PolicyUpdate]:
            of_search = u.search_id == search_id
            newest = connection.scalar(select(func.max(u.version)).where(of_search)) or 0
            is_shown = or_(u.version % log_rows.updates_a_point(newest, points) == 0, u.version == newest)
            sample = select(sql.UPDATES).where(of_search, is_shown).order_by(u.version)
            return [rows.read_update(row) for row in connection.execute(sample).mappings()]

        return self._look(look)
