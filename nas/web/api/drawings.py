"""Drawings of networks as SVG, as `nas draw` makes them."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from nas.storage.records import SearchRecord
from nas.trial import Trial
from nas.web.api.lookups import network_of, space_of, trial_of
from nas.web.api.models.base import problems
from nas.web.api.parameters import Number, SearchName
from nas.web.service import TheService
from search_spaces.drawing.svg import draw_svg
from search_spaces.drawing.whole import network_outline
from search_spaces.outline import Outline

router = APIRouter(tags=["trials"])

MEDIA_TYPE = "image/svg+xml"
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
"""Of the drawing itself, opened by its own address: its colours are styles, and nothing in it can run or load."""
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The drawing", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
}

Whole = Annotated[bool, Query(description="Draw the whole network, part by part, instead of its cells.")]
Download = Annotated[bool, Query(description="Save it as a file instead of showing it.")]


@router.get(
    "/searches/{name}/trials/{number}/drawing.svg",
    responses={**DOCUMENTED, **problems(404, 409, 422)},
    response_class=Response,
)
def get_drawing(
    service: TheService, name: SearchName, number: Number, network: Whole = False, download: Download = False
) -> Response:
    """Draws the architecture of a trial, in the colours that the reader prefers, light or dark."""
    with service.readers.read() as storage:
        record, trial = trial_of(storage, name, number)
    return drawing(outline_of(record, trial, whole=network), f"{name}-{number}.svg" if download else None)


def outline_of(record: SearchRecord, trial: Trial, *, whole: bool) -> Outline:
    """Returns what a drawing of the trial shows, under its name."""
    title = f"trial {trial.number} of {record.name}"
    if whole:
        return network_outline(network_of(record, trial), title)
    space = space_of(record)
    space.validate(trial.architecture)
    if record.image is None or record.classes is None:
        return replace(space.outline(trial.architecture), title=title)
    return replace(space.outline_on(trial.architecture, record.image, record.classes), title=title)


def drawing(outline: Outline, file_name: str | None = None) -> Response:
    """Returns the answer with a drawing; with a `file_name` it is to be saved."""
    saved = {} if file_name is None else {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(draw_svg(outline), media_type=MEDIA_TYPE, headers={**HEADERS, **saved})
