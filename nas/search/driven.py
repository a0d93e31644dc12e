"""Whether anybody drives a search, as far as those can know who only see the database."""

from nas.search.conduct import LEASE_SECONDS
from nas.storage.owner import is_gone
from nas.storage.records import SearchRecord, SearchState


def is_driven(record: SearchRecord) -> bool:
    """Whether there is a driver that may hear, as far as can be known."""
    age = record.lease_age_seconds
    if record.state is not SearchState.RUNNING or record.owner is None or age is None:
        return False
    return age <= LEASE_SECONDS and not is_gone(record.owner)


def standing(record: SearchRecord) -> str:
    """Returns the state of a search in words: one whose driver is gone is not running, whatever is on record."""
    is_left = record.state is SearchState.RUNNING and not is_driven(record)
    return "not running" if is_left else record.state.value
