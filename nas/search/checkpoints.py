"""How often the state of the strategy is stored: what was told since is gone through again when a search is resumed."""

from nas.storage.contract import Storage
from nas.storage.records import Lease
from nas.strategies.base import Strategy

TELLS_BETWEEN = 20


class Checkpoints:
    """Stores the state after every `TELLS_BETWEEN` tells, and when it is asked to."""

    def __init__(self, storage: Storage, lease: Lease, strategy: Strategy) -> None:
        self._storage, self._lease, self._strategy = storage, lease, strategy
        self._tells = 0

    def told(self) -> None:
        """Takes in that the strategy was told of a trial."""
        self._tells += 1
        if self._tells >= TELLS_BETWEEN:
            self.save()

    def save(self) -> None:
        """Stores the state as it is now."""
        self._storage.save_checkpoint(self._lease, self._strategy.save())
        self._tells = 0
