"""Searches, and what belongs to a search as a whole: its workers, its log, its forecast."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query

from nas.search.driven import is_driven
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.web.api.cursors import Key, page_of
from nas.web.api.models.base import LARGEST_ID, Page, problems
from nas.web.api.models.searches import EventAnswer, SearchAnswer, SearchDetail, WorkerAnswer
from nas.web.api.parameters import LONGEST_WORD, Before, Cursor, Limit, SearchName, SearchStates, one_of
from nas.web.api.standing import best_rewards, search_answer, search_detail
from nas.web.service import TheService

router = APIRouter(tags=["searches"])

COLUMNS = ("name", "created_at", "updated_at", "completed", "spent_seconds", "best")
SortBy = Annotated[
    str,
    Query(
        pattern=one_of(COLUMNS, before="-?"),
        description=f"One of {', '.join(COLUMNS)}, with a - in front for the highest first.",
    ),
]
Driven = Annotated[
    bool | None, Query(description="Only searches that a driver works on, or only those that none does.")
]
Words = Annotated[
    str,
    Query(
        max_length=LONGEST_WORD, description="Only searches with this in name, strategy, space or data set."
    ),
]


@router.get("/searches", responses=problems(422))
def list_searches(
    service: TheService,
    state: SearchStates = [],  # noqa: B006 - FastAPI copies it
    driven: Driven = None,
    text: Words = "",
    sort: SortBy = "-created_at",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[SearchAnswer]:
    """Lists the searches of the database, the newest first unless asked otherwise."""
    with service.readers.read() as storage:
        wanted = [
            record
            for record in storage.searches()
            if (not state or record.state in state)
            and (driven is None or is_driven(record) is driven)
            and _mentions(record, text.casefold())
        ]
        key = _key(sort.removeprefix("-"), storage, wanted)
        found, following = page_of(wanted, key, sort=sort, cursor=cursor, limit=limit)
        data = [search_answer(storage, record) for record in found]
    return Page[SearchAnswer](data=data, count=len(wanted), next=following)


def _mentions(record: SearchRecord, text: str) -> bool:
    return any(
        text in part.casefold() for part in (record.name, record.strategy, record.space, record.dataset)
    )


def _key(column: str, storage: Storage, records: list[SearchRecord]) -> Callable[[SearchRecord], Key]:
    if column != "best":
        return lambda record: (False, getattr(record, column), record.search_id)
    best = best_rewards(storage, records)
    return lambda record: (
        record.search_id not in best,
        best.get(record.search_id, 0.0),
        record.search_id,
    )


@router.get("/searches/{name}", responses=problems(404, 422))
def get_search(service: TheService, name: SearchName) -> SearchDetail:
    """Gives one search with its configuration."""
    with service.readers.read() as storage:
        return search_detail(storage, storage.search(name))


@router.get("/searches/{name}/workers", responses=problems(404, 422))
def list_workers(service: TheService, name: SearchName) -> Page[WorkerAnswer]:
    """Lists the workers that are not gone, by name, as the driver last heard of them."""
    with service.readers.read() as storage:
        found = storage.workers(storage.search(name).search_id)
    data = [WorkerAnswer.model_validate(worker) for worker in found]
    return Page[WorkerAnswer](data=data, count=len(data))


After = Annotated[
    int | None,
    Query(
        ge=0,
        le=LARGEST_ID,
        description="Only events with a larger id, the oldest first; `next` is then the `after` of the page behind.",
    ),
]


@router.get("/searches/{name}/events", responses=problems(404, 422))
def list_events(
    service: TheService, name: SearchName, after: After = None, before: Before = None, limit: Limit = 100
) -> Page[EventAnswer]:
    """Lists what happened: the newest first, or with `after` the oldest first.

    Of very many the oldest are dropped. They are not counted. As they happen they come by `/searches/{name}/stream`.
    """
    with service.readers.read() as storage:
        search_id = storage.search(name).search_id
        if after is None:
            found = storage.newest_events(search_id, before=before, limit=limit)
        else:
            found = storage.events(search_id, after=after, limit=limit)
    data = [EventAnswer.model_validate(event) for event in found]
    following = str(data[-1].id) if len(data) == limit else None
    return Page[EventAnswer](data=data, count=None, next=following)
