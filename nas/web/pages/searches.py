"""The first page: all searches, how each stands, and which to compare."""

import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, TrialSummary
from nas.web.access import MayRead
from nas.web.api.parameters import SearchName
from nas.web.pages.listing import COLUMNS, PAGE, ListQuery
from nas.web.pages.rendering import render
from nas.web.pages.standing import WORDS, Standing, standing, state_of
from nas.web.service import TheService

router = APIRouter(include_in_schema=False)

Word = Annotated[str, Query(max_length=200)]


@router.get("/")
def searches_page(
    request: Request,
    service: TheService,
    actor: MayRead,
    text: Word = "",
    state: Word = "",
    sort: Word = "-created",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Shows the searches that the address asks for."""
    query = ListQuery(text, state, sort, page)
    with service.readers.read() as storage:
        records = storage.searches()
        # The rewards are looked up for the shown ones alone, unless the order needs all of them.
        if query.column == "best":
            found = query.select(_all(storage, records))
            shown = found[(page - 1) * PAGE : page * PAGE]
        else:
            found = query.select(standing(record, None) for record in records)
            shown = _all(storage, [one.record for one in found[(page - 1) * PAGE : page * PAGE]])
    return render(
        request,
        "searches.html",
        actor=actor,
        query=query,
        columns=COLUMNS,
        states={key: words for key, words in WORDS.items() if any(state_of(one) == key for one in records)},
        shown=shown,
        count=len(found),
        names=[record.name for record in records],
        pages=-(-len(found) // PAGE),
        now=time.time(),
    )


@router.get("/searches/{name}/row")
def search_row(request: Request, service: TheService, actor: MayRead, name: SearchName) -> HTMLResponse:
    """Returns one line of the list: what is asked for when a search has changed."""
    with service.readers.read() as storage:
        (one,) = _all(storage, [storage.search(name)])
    return render(request, "_search_row.html", actor=actor, one=one, now=time.time())


def best_trial(storage: Storage, record: SearchRecord) -> TrialSummary | None:
    """Returns a search's best trial; None before there is one."""
    if record.best_number is None:
        return None
    found = storage.summaries_of(record.search_id, [record.best_number])
    return found[0] if found else None


def _all(storage: Storage, records: list[SearchRecord]) -> list[Standing]:
    found = ((record, best_trial(storage, record)) for record in records)
    return [standing(record, best.reward if best else None) for record, best in found]
