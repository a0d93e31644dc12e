"""The editor of an architecture: one choice a decision of the search's space, and what the network would cost."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from nas.config import restore_config
from nas.errors import ConfigError, SpaceError
from nas.search.driven import is_driven
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.web.access import Actor, MayRead
from nas.web.api.parameters import SearchName
from nas.web.pages.actions import NOT_DRIVEN, READ_ONLY
from nas.web.pages.rendering import render
from nas.web.pages.spaces import choices, find_price, fits
from nas.web.service import TheService
from nas.web.view.query import TableQuery
from nas.web.view.space import space_of
from search_spaces.architecture import Architecture
from search_spaces.complexity import Cost
from search_spaces.space import Space

router = APIRouter(include_in_schema=False)

TOKENS = re.compile(r"\d{1,4}(\.\d{1,4}){0,9999}")
MOST_SHOWN = 5
From = Annotated[int | None, Query(ge=0, lt=2**63, alias="from")]
Tokens = Annotated[str, Query(max_length=50_000)]


@router.get("/searches/{name}/hand", response_class=HTMLResponse)
def hand(
    request: Request, service: TheService, actor: MayRead, name: SearchName, prefill: From = None
) -> HTMLResponse:
    """Shows the editor, with the choices of trial `prefill`, or of the best one."""
    with service.readers.read() as storage:
        record = storage.search(name)
        number = record.best_number if prefill is None else prefill
        space = space_of(record)
        start = _start(storage, record, space, number)
    known = space is not None and start is not None and fits(space, start)
    return render(
        request,
        "_hand.html",
        record=record,
        number=number,
        choices=choices(space, start) if known and start is not None else [],
        refusal=_refusal(record, actor),
    )


def _start(
    storage: Storage, record: SearchRecord, space: Space | None, number: int | None
) -> Architecture | None:
    """Returns the architecture that is edited: a trial's, or else the first option of each decision."""
    if number is not None:
        return storage.trial(record.search_id, number).architecture
    return None if space is None else Architecture(space.name, (0,) * len(space.decisions))


def _refusal(record: SearchRecord, actor: Actor) -> str:
    """Returns why no architecture can be added now; empty where one can."""
    if not actor.may_write:
        return READ_ONLY
    return "" if is_driven(record) else f"{NOT_DRIVEN} Resume it to add one."


@router.get("/searches/{name}/price", response_class=HTMLResponse)
def price(
    request: Request, service: TheService, actor: MayRead, name: SearchName, tokens: Tokens
) -> HTMLResponse:
    """Tells what a network would cost, whether the search allows it, and whether it has been tried."""
    del actor
    view = service.views.of(name)
    record, space = view.record, space_of(view.record)
    architecture = _read(space, tokens)
    if space is None or architecture is None:
        return render(request, "_price.html", cost=None, over=[], tried=(), problem=_unknown(space))
    found = view.table(TableQuery(sort="number", text=space.canonical_key(architecture), limit=MOST_SHOWN))
    cost = find_price(record, space, architecture)
    return render(
        request,
        "_price.html",
        cost=cost,
        over=_over(record, cost),
        tried=found.numbers,
        record=record,
        problem="" if cost else "It cannot be built for pictures of this size.",
    )


def _read(space: Space | None, tokens: str) -> Architecture | None:
    if space is None or not TOKENS.fullmatch(tokens):
        return None
    try:
        return space.architecture([int(token) for token in tokens.split(".")])
    except SpaceError:
        return None


def _unknown(space: Space | None) -> str:
    if space is None:
        return "The space of this search is not to be had here as it was."
    return "These are not the choices of this search's space."


def _over(record: SearchRecord, cost: Cost | None) -> list[str]:
    """Returns which limits of the search the network is over, in words."""
    try:
        limits = restore_config(record.config).limits
    except ConfigError:
        return []
    if cost is None:
        return []
    known = (
        ("parameters", cost.parameters, limits.max_params),
        ("multiply-adds", cost.multiply_adds, limits.max_macs),
    )
    return [
        f"at most {most:,} {name} are allowed" for name, has, most in known if most is not None and has > most
    ]
