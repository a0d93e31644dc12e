"""All trials of a search as one file, CSV or JSON, written while it is read: any number of them takes the same memory.

Text that a spreadsheet would take for a formula has an apostrophe in front (OWASP, "CSV injection").
"""

import csv
import io
from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from nas.storage.records import TrialSummary
from nas.web.api.models.base import problems
from nas.web.api.models.trials import TrialAnswer
from nas.web.api.parameters import SearchName
from nas.web.api.trial_answers import summary_answer
from nas.web.readers import Readers
from nas.web.service import TheService
from search_spaces.architecture import Architecture

router = APIRouter(tags=["downloads"])

AT_ONCE = 1_000
"""Trials that are read by one look at the database: between two of them nothing of it is held."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = tuple(TrialAnswer.model_fields)
CSV, JSON = "text/csv", "application/json"


def _documented(media_type: str, schema: str) -> dict[int | str, dict[str, object]]:
    content = {media_type: {"schema": {"type": schema}}}
    return {200: {"description": "The file", "content": content}, **problems(404, 422)}


@router.get(
    "/searches/{name}/trials.csv", responses=_documented(CSV, "string"), response_class=StreamingResponse
)
def download_csv(service: TheService, name: SearchName) -> StreamingResponse:
    """Gives all trials by number as CSV (RFC 4180), with a line of the columns' names."""
    return _file(service, name, "csv")


@router.get(
    "/searches/{name}/trials.json", responses=_documented(JSON, "array"), response_class=StreamingResponse
)
def download_json(service: TheService, name: SearchName) -> StreamingResponse:
    """Gives all trials by number as one JSON array; each is what the list of trials answers."""
    return _file(service, name, "json")


def _file(service: TheService, name: str, kind: str) -> StreamingResponse:
    with service.readers.read() as storage:
        search_id = storage.search(name).search_id
    media_type, written = (CSV, as_csv) if kind == "csv" else (JSON, as_json)
    return StreamingResponse(
        written(_pages(service.readers, search_id)),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}-trials.{kind}"'},
    )


def _pages(readers: Readers, search_id: int) -> Iterator[list[TrialSummary]]:
    after = -1
    while True:
        with readers.read() as storage:
            found = storage.summaries(search_id, after=after, limit=AT_ONCE)
        if not found:
            return
        yield found
        after = found[-1].number


def as_csv(pages: Iterator[list[TrialSummary]]) -> Iterator[str]:
    """Yields the lines of each page in one piece, the columns' names first."""
    yield _lines([COLUMNS])
    for page in pages:
        yield _lines([[_cell(summary, column) for column in COLUMNS] for summary in page])


def as_json(pages: Iterator[list[TrialSummary]]) -> Iterator[str]:
    """Yields an array, the trials of each page in one piece, one a line."""
    separator = "["
    for page in pages:
        for summary in page:
            yield f"{separator}\n{summary_answer(summary).model_dump_json()}"
            separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"


def _lines(rows: list[list[object]] | list[tuple[str, ...]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _cell(summary: TrialSummary, column: str) -> object:
    value = getattr(summary, column)
    if column == "architecture":
        value = str(Architecture.from_json(value))
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
