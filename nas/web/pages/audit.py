"""The page of the audit: who did what, when, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from nas.errors import UnknownSearchError
from nas.storage.contract import Storage
from nas.storage.records import AuditAction, AuditRecord, Command
from nas.web.access import MayRead
from nas.web.pages.rendering import render
from nas.web.service import TheService

router = APIRouter(include_in_schema=False)

NEWEST = 500
SAME_SECONDS = 2.0
"""A request and its line in the audit are written together, each with the time of its own clock reading."""
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A line of the audit, and of a request to a driver what it answered."""

    record: AuditRecord
    answer: str = ""


@router.get("/audit", response_class=HTMLResponse)
def audit(
    request: Request,
    service: TheService,
    actor: MayRead,
    by: Text = "",
    action: Text = "",
    search: Text = "",
) -> HTMLResponse:
    """Shows the newest lines, those that `by`, `action` and `search` let through."""
    with service.readers.read() as storage:
        records = storage.audit(NEWEST)
        shown = [one for one in records if _lets_through(one, by, action, search)]
        rows = with_answers(storage, shown)
    return render(
        request,
        "audit.html",
        actor=actor,
        rows=rows,
        given={"by": by, "action": action, "search": search},
        actions=sorted({one.action for one in records} | set(AuditAction)),
        newest=NEWEST,
        is_cut=len(records) == NEWEST,
    )


def _lets_through(record: AuditRecord, by: str, action: str, search: str) -> bool:
    return (
        by.lower() in record.actor.lower()
        and (not action or record.action == action)
        and search.lower() in (record.search or "").lower()
    )


def with_answers(storage: Storage, records: Sequence[AuditRecord]) -> list[AuditRow]:
    """Returns the lines, each request to a driver with what became of it."""
    asked = {one.search for one in records if one.action == AuditAction.ASK and one.search}
    commands = {name: _commands(storage, name) for name in asked}
    return [AuditRow(one, _answer(one, commands.get(one.search or "", []))) for one in records]


def _commands(storage: Storage, name: str) -> list[Command]:
    try:
        return storage.commands(storage.search(name).search_id)
    except UnknownSearchError:  # an audit outlives what it tells of
        return []


def _answer(record: AuditRecord, commands: Sequence[Command]) -> str:
    """Returns what came of a request: that of the same person and word, nearest in time."""
    if record.action != AuditAction.ASK:
        return ""
    same = [
        one
        for one in commands
        if one.issued_by == record.actor
        and one.kind == record.detail.partition(" ")[0]
        and abs(one.issued_at - record.at) <= SAME_SECONDS
    ]
    if not same:
        return ""
    nearest = min(same, key=lambda one: abs(one.issued_at - record.at))
    return "not answered yet" if nearest.answer is None else nearest.answer
