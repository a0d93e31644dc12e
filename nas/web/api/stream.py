"""`/api/v1/.../stream`: server-sent events, for as long as somebody listens."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request

from nas.web.access import MayRead
from nas.web.api.models.base import LARGEST_ID, problems
from nas.web.api.parameters import SearchName
from nas.web.live.stream import Allowed, EventStream
from nas.web.problems import Problem
from nas.web.service import Service, TheService

_EXAMPLE = (
    'id: 41\nevent: finished\ndata: {"at":1763744000.5,"number":12,"attempt":1,"text":"reward 0.91",'
    '"state":"completed","origin":"strategy","reward":0.91,"parameters":48210,"multiply_adds":1830000,'
    '"latency_ms":null,"train_seconds":8.2,"failure":null,"accuracy":0.91,"search":{"state":"running","held":false,'
    '"driven":true,"created":14,"done":12,"failed":0,"of":40,"best":0.93,"best_number":7}}\n\n'
)
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events, without an end.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    },
    **problems(422),
}

router = APIRouter(prefix="/api/v1", tags=["live"])

EventId = Annotated[
    int | None, Query(ge=0, le=LARGEST_ID, description="Events behind this id; by default new ones.")
]
LastEventId = Annotated[
    int | None,
    Header(alias="Last-Event-ID", ge=0, le=LARGEST_ID, description="The same, as browsers send it; it wins."),
]


@router.get(
    "/searches/{name}/stream",
    response_class=EventStream,
    status_code=200,
    responses={**_STREAM, **problems(404)},
    summary="Follow a search",
)
def follow_search(
    name: SearchName,
    service: TheService,
    actor: MayRead,  # noqa: ARG001 - asked for, so that nobody else gets here
    request: Request,
    after: EventId = None,
    last_event_id: LastEventId = None,
) -> EventStream:
    """Tells what is logged of a search, in order and without a gap, from an event on or from now.

    Ids are those of the log. `search` in each event says how the search stands when it is sent; trials that have
    finished come with what came of them. `gap`: events before `first` are kept no longer. `away` and `back`: the
    database does not answer, and does again.
    """
    start = service.live.start_of(name, after if last_event_id is None else last_event_id)
    return EventStream(service.live, start, _may_go_on(service, request))


@router.get(
    "/stream", response_class=EventStream, status_code=200, responses=_STREAM, summary="Follow all searches"
)
def follow_all(service: TheService, actor: MayRead, request: Request) -> EventStream:  # noqa: ARG001 - see above
    """Tells how each of the newest searches stands, then of each that changes: state, counters and best."""
    return EventStream(service.live, None, _may_go_on(service, request))


def _may_go_on(service: Service, request: Request) -> Allowed:
    def ask() -> bool:
        try:
            service.access.actor_of(request)
        except Problem:
            return False
        return True

    return ask
