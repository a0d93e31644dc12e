"""Networks that were handed over, and each as an archive. Only what lies below the server's own directory is given."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from nas.storage.contract import Storage
from nas.storage.records import ExportRecord, SearchRecord
from nas.web.api.archive import archived, files_below
from nas.web.api.cursors import page_of
from nas.web.api.models.acts import ExportAnswer
from nas.web.api.models.base import Page, problems
from nas.web.api.parameters import Cursor, ExportId, InSearch, Limit
from nas.web.problems import Problem
from nas.web.service import TheService

router = APIRouter(prefix="/exports", tags=["exports"])

MEDIA_TYPE = "application/zip"
ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The archive",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
NEWEST_FIRST = "-created_at"


@dataclass(frozen=True, slots=True)
class Export:
    """A hand-over with the search that it is of."""

    record: SearchRecord
    export: ExportRecord

    @property
    def export_id(self) -> str:
        """Names it: digits of the SHA-256 of all that tells it from others. A path never does."""
        told_by = (self.record.search_id, self.export.number, self.export.directory, self.export.created_at)
        return hashlib.sha256(repr(told_by).encode()).hexdigest()[:16]

    def reason(self, root: Path) -> str:
        """Returns why it cannot be had from here; empty where it can."""
        directory = Path(self.export.directory).resolve()
        if root not in directory.parents or directory.relative_to(root).parts[0].startswith("."):
            return "it was written to another place than this server's directory of exports"
        return "" if directory.is_dir() else "it is not there any more"

    def answer(self, root: Path) -> ExportAnswer:
        """Returns what is said of it."""
        reason = self.reason(root)
        return ExportAnswer(
            id=self.export_id,
            search=self.record.name,
            number=self.export.number,
            directory=Path(self.export.directory).name,
            created_at=self.export.created_at,
            is_available=not reason,
            reason=reason,
        )


@router.get("", responses=problems(404, 422))
def list_exports(
    service: TheService, search: InSearch = None, cursor: Cursor = "", limit: Limit = 50
) -> Page[ExportAnswer]:
    """Lists the networks that were handed over, the newest first: of one search or of all."""
    with service.readers.read() as storage:
        found = _exports(storage, search)
    page, following = page_of(
        found,
        lambda one: (False, one.export.created_at, int(one.export_id, 16)),
        sort=NEWEST_FIRST,
        cursor=cursor,
        limit=limit,
    )
    root = service.settings.exports.resolve()
    return Page[ExportAnswer](data=[one.answer(root) for one in page], count=len(found), next=following)


@router.get(
    "/{export_id}/archive",
    responses={**ARCHIVE, **problems(404, 409, 422)},
    response_class=StreamingResponse,
)
def download_archive(service: TheService, export_id: ExportId) -> StreamingResponse:
    """Gives a network that was handed over, with all its files, as a zip archive."""
    with service.readers.read() as storage:
        found = next((one for one in _exports(storage, None) if one.export_id == export_id), None)
    if found is None:
        raise Problem(404, "Not found", "expected an `id` of the list of exports, got another")
    root = service.settings.exports.resolve()
    if reason := found.reason(root):
        raise Problem(
            409, "Not to be had", f"trial {found.export.number} of search {found.record.name!r}: {reason}"
        )
    directory = Path(found.export.directory).resolve()
    name = f"{found.record.name}-{found.export.number}.zip"
    return StreamingResponse(
        archived(directory, files_below(directory)),
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _exports(storage: Storage, search: str | None) -> list[Export]:
    records = storage.searches() if search is None else [storage.search(search)]
    return [Export(record, one) for record in records for one in storage.exports(record.search_id)]
