"""The page with the form for a new search. It is sent to the API, which checks it by the same models as the file."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from nas.config import NAME_LENGTH
from nas.web.access import Actor, MayRead
from nas.web.pages.fields import common_fields, other_sections
from nas.web.pages.rendering import render
from nas.web.pages.space_fields import space_sections
from nas.web.service import TheService
from nas.web.settings import WebSettings

router = APIRouter(include_in_schema=False)

READ_ONLY = "Your token may only read; starting searches takes one with --scope write."
TAKES_NONE = "This server takes no searches in: it was started with --max-searches 0."


@router.get("/new", response_class=HTMLResponse)
def new(request: Request, service: TheService, actor: MayRead) -> HTMLResponse:
    """Shows the form; fields that the address names, such as ?seed=3, are filled in."""
    datasets = service.settings.datasets
    common = common_fields(datasets)
    sections = other_sections(datasets)
    paths = {field.path for field in (*common, *(one for section in sections for one in section.fields))}
    asked = {path: text[: 10 * NAME_LENGTH] for path, text in request.query_params.items()}
    return render(
        request,
        "new.html",
        actor=actor,
        common=common,
        sections=sections,
        spaces=space_sections(),
        given={path: text for path, text in asked.items() if path in paths},
        refusal=_refusal(service.settings, actor),
    )


def _refusal(settings: WebSettings, actor: Actor) -> str:
    """Returns why the form cannot be sent; empty where it can."""
    if settings.max_searches == 0:
        return TAKES_NONE
    return "" if actor.may_write else READ_ONLY
