"""The page that lays searches, or trials, beside each other."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from nas.config import NAME_PATTERN
from nas.web.access import MayRead
from nas.web.api.parameters import TRIAL_PATTERN
from nas.web.pages.compare_searches import advantages, differing_settings, read_outcome
from nas.web.pages.compare_trials import MEASURES, compared_decisions, read_side
from nas.web.pages.rendering import render
from nas.web.service import TheService

router = APIRouter(include_in_schema=False)

MOST = 6
"""As many as there are colours that are told apart."""
SHOWN = 200
"""Searches to choose from."""
Searches = Annotated[tuple[Annotated[str, Query(pattern=NAME_PATTERN)], ...], Query(max_length=MOST)]
Trials = Annotated[tuple[Annotated[str, Query(pattern=TRIAL_PATTERN)], ...], Query(max_length=MOST)]


@router.get("/compare", response_class=HTMLResponse)
def compare(
    request: Request,
    service: TheService,
    actor: MayRead,
    search: Searches = (),
    trial: Trials = (),
) -> HTMLResponse:
    """Shows at least two trials or searches side by side; with fewer, what there is to choose from."""
    if len(trials := list(dict.fromkeys(trial))) > 1:
        return _trials(request, service, actor, trials)
    if len(searches := list(dict.fromkeys(search))) > 1:
        return _searches(request, service, actor, searches)
    with service.readers.read() as storage:
        known = storage.searches()
    return render(
        request,
        "compare.html",
        actor=actor,
        known=known[:SHOWN],
        count=len(known),
        chosen=search,
        trial=trial,
        most=MOST,
    )


def _searches(request: Request, service: TheService, actor: MayRead, names: list[str]) -> HTMLResponse:
    with service.readers.read() as storage:
        outcomes = [read_outcome(storage, storage.search(name)) for name in names]
    return render(
        request,
        "compare_searches.html",
        actor=actor,
        outcomes=outcomes,
        settings=differing_settings([one.record for one in outcomes]),
        advantages=advantages(outcomes),
    )


def _trials(request: Request, service: TheService, actor: MayRead, texts: list[str]) -> HTMLResponse:
    with service.readers.read() as storage:
        sides = []
        for text in texts:
            name, _, number = text.rpartition(":")
            record = storage.search(name)
            sides.append(read_side(record, storage.trial(record.search_id, int(number))))
    decisions = compared_decisions(sides)
    return render(
        request,
        "compare_trials.html",
        actor=actor,
        sides=sides,
        decisions=decisions,
        differing=sum(one.differs for one in decisions),
        measures=MEASURES,
        is_same=len({one.trial.canonical_key for one in sides}) == 1,
        is_drawn=len(sides) == 2 and all(one.words for one in sides),
    )
