"""What others ask of the driver of a search, through the database: looked for every few seconds."""

import time

from nas.storage.contract import Storage
from nas.storage.records import Command, Lease

LOOK_SECONDS = 5.0
NOT_HEARD = "not heard: the driver was gone"
"""What a driver answers to whatever was asked of the one before it."""


class Commands:
    """Takes commands, each of which is answered as it is taken."""

    def __init__(self, storage: Storage, lease: Lease) -> None:
        self._storage, self._lease = storage, lease
        self._look_at = 0.0

    def dismiss(self) -> None:
        """Answers what an earlier driver did not live to hear: it is not meant for this one."""
        self._take(NOT_HEARD)

    def take(self) -> list[Command]:
        """Returns the commands that came since the last look; none within `LOOK_SECONDS` of it."""
        return self._take("stopping") if time.monotonic() >= self._look_at else []

    def _take(self, answer: str) -> list[Command]:
        self._look_at = time.monotonic() + LOOK_SECONDS
        commands = self._storage.commands(self._lease.search_id, unanswered=True)
        for command in commands:
            self._storage.answer_command(self._lease, command.command_id, answer)
        return commands
