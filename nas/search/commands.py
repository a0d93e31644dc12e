"""What others ask of the driver of a search, through the database: looked for every few seconds.

Exactly once, whatever dies. What is done for a command in the database and its answer are one transaction; all else
that it does ends with the driver itself. So a command without an answer has not been done, and it is not for the next
driver either: whoever asked sees that, and may ask again.
"""

import time

from nas.storage.contract import Storage
from nas.storage.records import Command, Lease

LOOK_SECONDS = 2.0
NOT_HEARD = "not heard: the driver was gone"
"""What a driver answers to whatever was asked of the one before it."""
TOO_LATE = "not heard: the search had just ended"


class Commands:
    """Finds the commands that have no answer yet, oldest first."""

    def __init__(self, storage: Storage, lease: Lease) -> None:
        self._storage, self._lease = storage, lease
        self._look_at = 0.0

    def due(self, *, at_once: bool = False) -> list[Command]:
        """Returns those that there are; none within `LOOK_SECONDS` of the last look, unless `at_once`."""
        if time.monotonic() < self._look_at and not at_once:
            return []
        self._look_at = time.monotonic() + LOOK_SECONDS
        return self._storage.commands(self._lease.search_id, unanswered=True)

    def dismiss(self, answer: str) -> None:
        """Answers all that this driver does not deal with."""
        for command in self.due(at_once=True):
            self._storage.answer_command(self._lease, command.command_id, answer)
