"""The page of what dashboards were asked to run: new searches, resumed ones, networks to hand over."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from nas.errors import UnknownSearchError
from nas.storage.contract import Storage
from nas.storage.records import Submission
from nas.web.access import MayRead
from nas.web.api.parameters import Id
from nas.web.pages.rendering import render
from nas.web.service import TheService

router = APIRouter(include_in_schema=False)

ON_A_PAGE = 50
Before = Annotated[int | None, Query(ge=0, lt=2**63)]
Followed = Annotated[int | None, Query(ge=0, lt=2**63, alias="submission")]


@router.get("/queue", response_class=HTMLResponse)
def queue(
    request: Request, service: TheService, actor: MayRead, before: Before = None, followed: Followed = None
) -> HTMLResponse:
    """Shows what was handed in, newest first; `followed` is the one that somebody has just handed in."""
    with service.readers.read() as storage:
        found = storage.submissions(before=before, limit=ON_A_PAGE + 1)
        rows = [(one, _is_there(storage, one.search)) for one in found[:ON_A_PAGE]]
    return render(
        request,
        "queue.html",
        actor=actor,
        rows=rows,
        followed=followed,
        is_first=before is None,
        next_before=found[ON_A_PAGE - 1].submission_id if len(found) > ON_A_PAGE else None,
        max_searches=service.settings.max_searches,
        asked_for=asked_for,
    )


@router.get("/queue/{number}/row", response_class=HTMLResponse)
def queue_row(
    request: Request, service: TheService, actor: MayRead, number: Id, followed: Followed = None
) -> HTMLResponse:
    """Shows one line anew: what is asked for until a submission is over."""
    with service.readers.read() as storage:
        one = storage.submission(number)
        is_there = _is_there(storage, one.search)
    return render(
        request,
        "_queue_row.html",
        actor=actor,
        one=one,
        is_there=is_there,
        followed=followed,
        asked_for=asked_for,
    )


def asked_for(submission: Submission) -> str:
    """Returns in words what a submission asks for, beside its search: "trials 200, time 60"."""
    given = {key: value for key, value in submission.arguments.items() if value is not None}
    plain = {key: value for key, value in given.items() if not isinstance(value, dict)}
    return ", ".join(f"{key} {value}" for key, value in plain.items() if key not in ("name", "seed"))


def _is_there(storage: Storage, name: str) -> bool:
    try:
        storage.search(name)
    except UnknownSearchError:
        return False
    return True
