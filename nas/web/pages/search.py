"""The page of a search, and the parts of it that are asked for again while it runs."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from nas.search.driven import is_driven
from nas.storage.records import SearchRecord
from nas.web.access import MayRead
from nas.web.api.models.base import LARGEST_ID
from nas.web.api.parameters import SearchName
from nas.web.pages.effect_plot import effect_plot, listed_options
from nas.web.pages.rendering import render
from nas.web.pages.search_log import log_page
from nas.web.pages.searches import best_trial
from nas.web.pages.standing import first_objective, reward_shown, standing
from nas.web.pages.table import table_context
from nas.web.pages.trial_table import read_state
from nas.web.service import Service, TheService
from nas.web.view.query import MEASURES

router = APIRouter(prefix="/searches/{name}", include_in_schema=False)

BEAT_SECONDS = 30.0
"""A worker that was silent for longer is shown as one that may be gone."""


@router.get("")
def search_page(request: Request, service: TheService, actor: MayRead, name: SearchName) -> HTMLResponse:
    """Shows a search: how it stands, its charts, the table that the address asks for, workers and log."""
    state = read_state(request)
    with service.readers.read() as storage:
        record = storage.search(name)
        after = storage.last_event(record.search_id)
        log = log_page(storage, record.search_id, None, with_trials=False)
    objective = first_objective(record)
    return render(
        request,
        "search.html",
        actor=actor,
        after=after,
        objective=objective,
        log=log,
        measures=MEASURES,
        state=state,
        **{**_head(service, record), **table_context(service, record, state)},
    )


@router.get("/head")
def search_head(request: Request, service: TheService, actor: MayRead, name: SearchName) -> HTMLResponse:
    """Returns the figures on top of the page."""
    with service.readers.read() as storage:
        record = storage.search(name)
    return render(request, "_search_head.html", actor=actor, **_head(service, record))


@router.get("/effects")
def search_effects(request: Request, service: TheService, actor: MayRead, name: SearchName) -> HTMLResponse:
    """Returns the effects of operations as a table with intervals."""
    with service.readers.read() as storage:
        record = storage.search(name)
    effects = service.views.of(name).effects()
    objective, shown = first_objective(record), reward_shown(record)[1]
    options = listed_options(effects.options)
    return render(
        request,
        "_effects.html",
        actor=actor,
        record=record,
        effects=effects,
        operations=effect_plot(effects.operations, objective, shown),
        options=effect_plot(options, objective, shown),
        options_left_out=len(effects.options) - len(options),
    )


@router.get("/workers")
def search_workers(request: Request, service: TheService, actor: MayRead, name: SearchName) -> HTMLResponse:
    """Returns the workers of a search, as its driver last heard of them."""
    with service.readers.read() as storage:
        record = storage.search(name)
        workers = storage.workers(record.search_id)
    context: dict[str, Any] = {"record": record, "workers": workers, "now": time.time(), "beat": BEAT_SECONDS}
    return render(request, "_workers.html", actor=actor, driven=is_driven(record), **context)


@router.get("/log")
def search_log(
    request: Request,
    service: TheService,
    actor: MayRead,
    name: SearchName,
    before: Annotated[int | None, Query(ge=0, le=LARGEST_ID)] = None,
    trials: bool = False,
) -> HTMLResponse:
    """Returns a stretch of the log, newest first: with what happens to every trial where `trials` asks for it."""
    with service.readers.read() as storage:
        record = storage.search(name)
        log = log_page(storage, record.search_id, before, with_trials=trials)
    return render(request, "_log.html", actor=actor, record=record, log=log)


def _head(service: Service, record: SearchRecord) -> dict[str, Any]:
    """Returns what the figures on top are made of."""
    with service.readers.read() as storage:
        best = best_trial(storage, record)
    return {
        "record": record,
        "one": standing(record, best.reward if best else None),
        "best": best,
        "forecast": service.views.of(record.name).forecast(),
        "now": time.time(),
    }
