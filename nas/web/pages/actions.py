"""What can be asked of a search from its page, and why something cannot: a part of a page that `act.js` fetches."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from nas.search.driven import is_driven
from nas.storage.records import SearchRecord, SearchState
from nas.web.access import Actor, MayRead
from nas.web.api.parameters import SearchName
from nas.web.pages.rendering import render
from nas.web.service import TheService

router = APIRouter(include_in_schema=False)

READ_ONLY = "Your token may only read; acting takes one with --scope write."
NOT_DRIVEN = "Nobody drives this search now."
RUNS_NOTHING = "This server runs nothing: it was started with --max-searches 0."


@dataclass(frozen=True, slots=True)
class Actions:
    """Why each kind of action is refused now; empty where it is not."""

    driver: str
    """Whatever the driver is asked."""
    resume: str
    """Going on with a search that stopped, which is a process of its own."""
    export: str

    @property
    def reasons(self) -> list[str]:
        """Each reason once. A search that is driven is not resumed, so nothing is said of that."""
        resume = self.resume if self.driver else ""
        return list(dict.fromkeys(filter(None, (self.driver, resume, self.export))))


@router.get("/searches/{name}/actions", response_class=HTMLResponse)
def actions(request: Request, service: TheService, actor: MayRead, name: SearchName) -> HTMLResponse:
    """Shows what can be asked as things stand."""
    with service.readers.read() as storage:
        record = storage.search(name)
        workers = len(storage.workers(record.search_id))
    return render(
        request,
        "_actions.html",
        record=record,
        workers=workers,
        may=permitted(record, actor, service.settings.max_searches),
    )


def permitted(record: SearchRecord, actor: Actor, max_searches: int) -> Actions:
    """Returns what somebody may ask of a search."""
    if not actor.may_write:
        return Actions(READ_ONLY, READ_ONLY, READ_ONLY)
    driver = "" if is_driven(record) else NOT_DRIVEN
    runs = "" if max_searches else RUNS_NOTHING
    never_began = record.state is SearchState.CREATED
    resume = "It has not begun yet." if never_began else runs
    export = "No trial is completed yet." if record.best_number is None else runs
    return Actions(driver, resume, export)
