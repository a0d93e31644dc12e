"""What routes look up by name: a search, its space, one of its trials."""

from functools import lru_cache

from nas.config import SpaceConfig, restore_config
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.trial import Trial
from nas.web.problems import Problem
from search_spaces.graph import Graph, Shape
from search_spaces.space import Space

SPACES_KEPT = 64


def trial_of(storage: Storage, name: str, number: int) -> tuple[SearchRecord, Trial]:
    """Returns a search and one of its trials; raises `UnknownSearchError` where there is none."""
    record = storage.search(name)
    return record, storage.trial(record.search_id, number)


def space_of(record: SearchRecord) -> Space:
    """Returns the space of a search; raises `SpaceError` where its plugins are not to be had here."""
    return _loaded(restore_config(record.config).space.model_dump_json())


@lru_cache(maxsize=SPACES_KEPT)
def _loaded(section: str) -> Space:
    return SpaceConfig.model_validate_json(section).load()


def pictures_of(record: SearchRecord) -> tuple[Shape, int]:
    """Returns shape and classes of a search's pictures; a `Problem` for one too old to say."""
    if record.image is None or record.classes is None:
        raise Problem(
            409,
            "Pictures not known",
            f"search {record.name!r}: expected one that keeps the size of its pictures, got one of an older version; "
            "`nas profile` and `nas draw` take the size as an option",
        )
    return record.image, record.classes


def network_of(record: SearchRecord, trial: Trial) -> Graph:
    """Returns the whole network of a trial."""
    image, classes = pictures_of(record)
    return space_of(record).network(trial.architecture, image, classes)
