"""All trials of a search as one file, CSV or JSON, written while it is read: any number of them takes the same memory.

Text that a spreadsheet would take for a formula has an apostrophe in front (OWASP, "CSV injection").
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from nas.storage.records import TrialSummary
from nas.web.api.models.base import finite, problems
from nas.web.api.models.trials import TrialAnswer
from nas.web.api.parameters import SearchName
from nas.web.readers import Readers
from nas.web.service import TheService

router = APIRouter(tags=["downloads"])

AT_ONCE = 1_000
"""Trials that are read by one look at the database: between two of them nothing of it is held."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = tuple(TrialAnswer.model_fields)
_values: Callable[[TrialSummary], tuple[object, ...]] = attrgetter(*COLUMNS)
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
        yield _lines(map(_row, page))


def as_json(pages: Iterator[list[TrialSummary]]) -> Iterator[str]:
    """Yields an array, the trials of each page in one piece, one a line."""
    separator = "["
    for page in pages:
        written: list[str] = []
        for summary in page:
            written.append(f"{separator}\n{_object(summary)}")
            separator = ","
        yield "".join(written)
    yield "[]\n" if separator == "[" else "\n]\n"


def _lines(rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _row(summary: TrialSummary) -> list[object]:
    made_of = json.loads(summary.architecture)
    text = f"{made_of['space']}:{'.'.join(map(str, made_of['tokens']))}"
    values = _values(summary._replace(architecture=text))
    return [_unread(value) if isinstance(value, str) else value for value in values]


def _unread(text: str) -> str:
    """Returns text that no spreadsheet computes."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _object(summary: TrialSummary) -> str:
    """Returns the same as `TrialAnswer` would, at a fraction of its time: files are of very many."""
    fields = dict(zip(COLUMNS, map(finite, _values(summary)), strict=True))
    return json.dumps(
        {**fields, "architecture": json.loads(summary.architecture)}, allow_nan=False, separators=(",", ":")
    )
