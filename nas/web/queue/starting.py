"""How a process is started exactly once, though the dashboard may be killed at any moment.

The attendant is there first, and does nothing. Then the database is told which process it is, and only then the
attendant to begin. Whatever dies in between, either the process never begins, or the database knows who runs it.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from nas.errors import NasError
from nas.storage.owner import owner_of
from nas.web.queue.attendant import GO
from nas.web.queue.private_files import PRIVATE


class StartError(NasError):
    """A process could not be started."""


def start(place: Path, environment: Mapping[str, str], keep: Callable[[str], object]) -> None:
    """Starts the process whose orders lie in `place`, once `keep` has kept which one it is, as an owner string.

    It is no child of this process, which never waits for it, and shares no session with it. What `keep` raises is
    passed on, and nothing is started then.
    """
    words = os.open(place / "attendant.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "nas.web.queue.attendant", str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            env=dict(environment),
            start_new_session=True,
        )
    finally:
        os.close(words)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        if not said.isdigit():
            raise StartError(
                f"{place}: expected a process that says its number, got nothing; see attendant.txt there"
            )
        keep(owner_of(int(said)))
        process.stdin.write(GO)
