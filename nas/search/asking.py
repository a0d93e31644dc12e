"""What a strategy is asked, so that the events in the database say it all.

An ask that comes back short has moved the strategy on: it drew many times in vain. No event tells of that, so a search
that is taken up again would not know. Hence it is undone: the strategy is brought back to where the events have it, and
asked for as many as it had.
"""

from collections.abc import Collection

from nas.search.replay import replay
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.strategies.base import Strategy
from nas.trial import Proposal


class Asking:
    """Asks a strategy, which has not been asked or told anything yet. `open_trials` are asked and not yet told.

    Once it has come back short it is asked again when everything has been told, as it may know more then.
    """

    def __init__(
        self, storage: Storage, record: SearchRecord, strategy: Strategy, open_trials: Collection[object]
    ) -> None:
        self._storage, self._name, self._strategy, self._open = storage, record.name, strategy, open_trials
        self._fresh = strategy.save()
        self.ending: str | None = None
        """Why the strategy came back short when it was asked last; None where it did not."""

    @property
    def is_in_vain(self) -> bool:
        """Whether the strategy is not to be asked before it has heard of more."""
        return self.ending is not None and bool(self._open)

    def ask(self, count: int) -> list[Proposal]:
        """Returns at most so many proposals; the strategy is then as a replay of the events will have it."""
        self.ending = None
        while len(proposals := self._strategy.ask(count)) < count:
            self.ending = self.ending or self._strategy.ending
            self._undo()
            count = len(proposals)
            if not count:
                break
        return proposals

    def _undo(self) -> None:
        self._strategy.restore(self._fresh, [])
        replay(self._storage, self._storage.search(self._name), self._strategy)
