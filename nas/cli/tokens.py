"""Tokens as `nas token` shows them: all of them but the secret."""

import time
from collections.abc import Sequence
from dataclasses import asdict

from nas.report.formats import format_time
from nas.report.tables import Column, format_table
from nas.storage.records import ApiToken


def state(token: ApiToken) -> str:
    """Returns whether the token is good, in a word."""
    if token.revoked_at is not None:
        return "revoked"
    return "live" if token.is_live(time.time()) else "expired"


COLUMNS: tuple[Column[ApiToken], ...] = (
    Column("name", "name", lambda token: token.name),
    Column("scope", "scope", lambda token: token.scope),
    Column("state", "state", state),
    Column("created_at", "created", lambda token: token.created_at, format_time),
    Column("created_by", "by", lambda token: token.created_by),
    Column("expires_at", "expires", lambda token: token.expires_at, format_time),
    Column("revoked_at", "revoked", lambda token: token.revoked_at, format_time),
)


def as_plain(token: ApiToken) -> dict[str, object]:
    """Returns what programs get to see; times are UTC epoch seconds."""
    known = asdict(token)
    del known["digest"], known["token_id"]
    return {**known, "state": state(token)}


def as_text(tokens: Sequence[ApiToken]) -> str:
    """Returns the table, or what to do where there is nothing in it."""
    if not tokens:
        return "no tokens yet; `nas token create NAME` makes one"
    return format_table(COLUMNS, tokens)


def words(token: ApiToken) -> str:
    """Returns what was made, in a line."""
    until = "until it is revoked" if token.expires_at is None else f"until {format_time(token.expires_at)}"
    return f"token {token.name}, scope {token.scope}, good {until}"
