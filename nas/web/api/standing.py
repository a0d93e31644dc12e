"""A search as it stands, as the API answers it: its record, whether anybody drives it, and its best trial."""

from collections.abc import Iterable

from nas.search.driven import is_driven
from nas.storage.contract import Storage
from nas.storage.owner import readable
from nas.storage.records import SearchRecord
from nas.web.api.models.searches import BestTrial, SearchAnswer, SearchDetail, TrainingAnswer


def search_answer(storage: Storage, record: SearchRecord) -> SearchAnswer:
    """Returns a search as it is listed."""
    return SearchAnswer.model_validate(_fields(storage, record))


def search_detail(storage: Storage, record: SearchRecord) -> SearchDetail:
    """Returns a search with its configuration and what followed it."""
    trainings = [TrainingAnswer.model_validate(one) for one in storage.trainings(record.search_id)]
    failures = {kind.value: count for kind, count in storage.failures(record.search_id).items()}
    return SearchDetail.model_validate(
        {
            **_fields(storage, record),
            "config": dict(record.config),
            "failures": failures,
            "trainings": trainings,
        }
    )


def best_rewards(storage: Storage, records: Iterable[SearchRecord]) -> dict[int, float]:
    """Returns the best reward of each search that has one, by the search's id."""
    found = {record.search_id: _best(storage, record) for record in records}
    return {search_id: best.reward for search_id, best in found.items() if best and best.reward is not None}


def _fields(storage: Storage, record: SearchRecord) -> dict[str, object]:
    ended, hours = record.completed + record.failed, record.spent_seconds / 3600
    plain = {name: getattr(record, name) for name in SearchAnswer.model_fields if hasattr(record, name)}
    return {
        **plain,
        "is_driven": is_driven(record),
        "is_held": record.held,
        "owner": None if record.owner is None else readable(record.owner),
        "trials_per_hour": ended / hours if ended and hours > 0 else None,
        "best": _best(storage, record),
    }


def _best(storage: Storage, record: SearchRecord) -> BestTrial | None:
    if record.best_number is None:
        return None
    found = storage.summaries_of(record.search_id, [record.best_number])
    return BestTrial.model_validate(found[0]) if found else None
