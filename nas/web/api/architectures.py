"""Architectures: the best of a search, or where one of them was trained."""

from fastapi import APIRouter

from nas.storage.contract import Storage
from nas.storage.records import ArchitectureRecord, SearchRecord
from nas.web.api.models.architectures import ArchitectureAnswer
from nas.web.api.models.base import Page, problems
from nas.web.api.parameters import InSearch, Key, Limit
from nas.web.problems import Problem
from nas.web.service import TheService

router = APIRouter(prefix="/architectures", tags=["architectures"])


@router.get("", responses=problems(404, 422))
def list_architectures(
    service: TheService, search: InSearch = None, limit: Limit = 50
) -> Page[ArchitectureAnswer]:
    """Lists the architectures with a result by mean reward, best first: of one search, or of each search its best."""
    with service.readers.read() as storage:
        records = storage.searches() if search is None else [storage.search(search)]
        found = [
            _answer(record, one)
            for record in records
            for one in storage.architectures(record.search_id, limit)
        ]
    found.sort(key=lambda one: -(one.mean_reward or 0.0))
    return Page[ArchitectureAnswer](data=found[:limit], count=None)


@router.get("/{key}", responses=problems(404, 422))
def get_architecture(service: TheService, key: Key, search: InSearch = None) -> Page[ArchitectureAnswer]:
    """Gives what one architecture reached in each search that trained it, or in one."""
    with service.readers.read() as storage:
        records = storage.searches() if search is None else [storage.search(search)]
        found = [_answer(record, one) for record in records for one in _of_key(storage, record, key)]
    if not found:
        raise Problem(
            404,
            "Not found",
            f"architecture {key}: expected one that a search has a result of, got none; "
            "`canonical_key` of a trial or of a list of architectures names one",
        )
    return Page[ArchitectureAnswer](data=found, count=len(found))


def _of_key(storage: Storage, record: SearchRecord, key: str) -> list[ArchitectureRecord]:
    found = storage.architecture(record.search_id, key)
    return [] if found is None else [found]


def _answer(record: SearchRecord, one: ArchitectureRecord) -> ArchitectureAnswer:
    fields = {name: getattr(one, name) for name in ArchitectureAnswer.model_fields if name != "search"}
    return ArchitectureAnswer.model_validate({**fields, "search": record.name})
