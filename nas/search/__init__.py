"""The search itself: the loop that asks, submits, waits, records and tells, and how it goes on where it was stopped."""

from nas.search.conduct import LEASE_SECONDS, Conduct
from nas.search.loop import Search
from nas.search.progress import EventKind, Progress, SearchEvent

__all__ = ["LEASE_SECONDS", "Conduct", "EventKind", "Progress", "Search", "SearchEvent"]
