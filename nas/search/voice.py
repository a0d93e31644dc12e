"""What a search says of itself: to whoever watches it, and to its log."""

from collections.abc import Callable, Mapping

from nas.search.idle import Idle
from nas.search.progress import EventKind, SearchEvent
from nas.search.standing import Standing
from nas.storage.contract import Storage
from nas.storage.records import Lease
from nas.trial import Trial


class Voice:
    """`running` are the trials in training, as the driver has them at any moment; `watch` is called on its thread."""

    def __init__(
        self,
        storage: Storage,
        lease: Lease,
        standing: Standing,
        running: Mapping[int, Trial],
        idle: Idle,
        watch: Callable[[SearchEvent], None],
    ) -> None:
        self._storage, self._lease, self._watch = storage, lease, watch
        self._standing, self._running, self._idle = standing, running, idle

    def note(self, text: str) -> None:
        """Keeps a line in the log and tells of it."""
        self._storage.note(self._lease, text)
        self.emit(EventKind.NOTED, note=text)

    def emit(self, kind: EventKind, trial: Trial | None = None, note: str = "") -> None:
        """Tells that something happened, with where the search now stands."""
        self._idle.happened()
        self._watch(SearchEvent(kind, self._standing.progress(len(self._running)), trial, note))
