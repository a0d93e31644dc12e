"""Commands and tokens in SQLite or PostgreSQL. Each is written once: see `nas.storage.sql_base`."""
# ruff: noqa: D102 - the contract says what each method does

import time
from collections.abc import Mapping

from sqlalchemy import Connection, RowMapping, or_, select, update

from nas.storage import log_rows, refusals, service_rows
from nas.storage import statements as sql
from nas.storage.records import ApiToken, AuditAction, Command, CommandKind, TokenScope
from nas.storage.sql_base import SqlBase, new_uid


class SqlService(SqlBase):
    """The methods of `nas.storage.service_contract` about commands and tokens."""

    # Asking a running search

    def add_command(
        self,
        search_id: int,
        kind: CommandKind,
        issued_by: str,
        arguments: Mapping[str, object] | None = None,
    ) -> Command:
        asked = arguments or {}
        row = service_rows.command_row(search_id, kind, issued_by, asked, time.time(), new_uid())
        uid = new_uid()

        def add(connection: Connection) -> Command:
            name = self._lease_row(connection, search_id).name
            self._add_once(connection, sql.COMMANDS, row)
            text = service_rows.asked_text(kind, asked)
            act = log_rows.act_row(AuditAction.ASK, name, text, uid=uid, by=issued_by)
            self._add_once(connection, sql.AUDIT, act)
            added = select(sql.COMMANDS).where(sql.COMMANDS.c.uid == row["uid"])
            return service_rows.read_command(connection.execute(added).mappings().one())

        return self._write(add)

    def commands(self, search_id: int, *, unanswered: bool = False) -> list[Command]:
        c = sql.COMMANDS.c
        in_order = select(sql.COMMANDS).where(c.search_id == search_id).order_by(c.command_id)
        if unanswered:
            in_order = in_order.where(c.answer.is_(None))
        return [service_rows.read_command(row) for row in self._read(in_order)]

    # Tokens

    def add_token(
        self,
        name: str,
        digest: str,
        scope: TokenScope,
        created_by: str,
        *,
        expires_at: float | None = None,
    ) -> ApiToken:
        now = time.time()
        row = service_rows.token_row(name, digest, scope, created_by, now, expires_at, new_uid())
        text = service_rows.token_text(name, scope)
        act = log_rows.act_row(AuditAction.TOKEN, None, text, uid=new_uid(), by=created_by)
        t = sql.TOKENS.c

        def add(connection: Connection) -> ApiToken:
            self._add_once(connection, sql.TOKENS, row, key="")
            taken = select(sql.TOKENS).where(or_(t.name == name, t.digest == digest))
            found = connection.execute(taken).mappings().all()
            ours = next((each for each in found if each["uid"] == row["uid"]), None)
            if ours is None:
                raise refusals.token_exists(name)
            self._add_once(connection, sql.AUDIT, act)
            return service_rows.read_token(ours)

        return self._write(add)

    def tokens(self) -> list[ApiToken]:
        oldest_first = select(sql.TOKENS).order_by(sql.TOKENS.c.token_id)
        return [service_rows.read_token(row) for row in self._read(oldest_first)]

    def revoke_token(self, name: str, by: str) -> ApiToken:
        text = service_rows.revoked_text(name)
        act = log_rows.act_row(AuditAction.REVOKE, None, text, uid=new_uid(), by=by)
        t = sql.TOKENS.c
        live = update(sql.TOKENS).where(t.name == name, t.revoked_at.is_(None))

        def revoke(connection: Connection) -> ApiToken:
            if connection.execute(live, {"revoked_at": act["at"]}).rowcount == 1:
                self._add_once(connection, sql.AUDIT, act)
            return service_rows.read_token(self._token_row(connection, name))

        return self._write(revoke)

    def _token_row(self, connection: Connection, name: str) -> RowMapping:
        by_name = select(sql.TOKENS).where(sql.TOKENS.c.name == name)
        row = connection.execute(by_name).mappings().one_or_none()
        if row is None:
            raise refusals.unknown_token(name, connection.scalars(select(sql.TOKENS.c.name)))
        return row
