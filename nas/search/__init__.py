"""The search itself: the loop that asks, submits, waits, records and tells, and how it goes on where it was stopped."""

from nas.search.loop import Search
from nas.search.progress import EventKind, Progress, SearchEvent

__all__ = ["EventKind", "Progress", "Search", "SearchEvent"]
