"""The private directory of a process that is run for a submission. Nobody but its owner can look into it.

| file           | written by | what it says                                                         |
|----------------|------------|----------------------------------------------------------------------|
| `search.toml`  | runner     | the configuration of a new search; removed at the end                |
| `orders.json`  | runner     | the command line                                                     |
| `target`       | runner     | of an export: the directory that was made for it                     |
| `begun`        | attendant  | that the process was started; its time is that of the last beat      |
| `log.txt`      | attendant  | what the process says; the part before it is in `log.1.txt`          |
| `ended.json`   | attendant  | exit code and last words                                             |
"""

import hashlib
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nas.storage.address import redacted
from nas.web.queue.private_files import write_private
from nas.web.queue.targets import PRIVATE, make_root

QUEUE = ".queue"
KEPT = 100
"""Directories of processes that have ended: those before are removed."""
SILENCE_SECONDS = 60.0
"""Without a beat, after which an attendant that cannot be asked otherwise is taken for gone; it beats every 5 s."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: as a shell tells it, 137 for one that was killed."""

    code: int
    last_words: str


@dataclass(frozen=True, slots=True)
class Place:
    """The directory, whether it exists or not."""

    directory: Path

    def make(self, argv: list[str], files: Mapping[str, str]) -> None:
        """Makes it anew, with the command line and other files in it."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(mode=PRIVATE)
        for name, text in {**files, "orders.json": json.dumps(argv)}.items():
            write_private(self.directory / name, text)

    @property
    def has_begun(self) -> bool:
        """Whether the process was started."""
        return (self.directory / "begun").exists()

    @property
    def is_silent(self) -> bool:
        """Whether a process was started that beats no more."""
        try:
            beat = (self.directory / "begun").stat().st_mtime
        except OSError:
            return False
        return time.time() - beat > SILENCE_SECONDS

    @property
    def ended(self) -> Ended | None:
        """How the process ended; None before that, and where its attendant did not live to see it."""
        try:
            return Ended(**json.loads((self.directory / "ended.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    @property
    def target(self) -> Path | None:
        """The directory that an export was to fill."""
        try:
            return Path((self.directory / "target").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def drop_target(self) -> None:
        """Removes the directory of an export that came to nothing."""
        if (target := self.target) is not None and target.is_dir() and not any(target.iterdir()):
            target.rmdir()

    def clear(self) -> None:
        """Removes what is of no use once the process has ended, and of earlier ones all but the newest."""
        (self.directory / "search.toml").unlink(missing_ok=True)
        self.drop_target()
        prefix = self.directory.name.rpartition("-")[0]
        siblings = self.directory.parent.glob(f"{prefix}-*")
        ended = sorted((one for one in siblings if (one / "ended.json").exists()), key=_number, reverse=True)
        for old in ended[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)


def place_of(root: Path, database: str, submission_id: int) -> Place:
    """Returns the place of a submission to a database, below the directory of exports."""
    directory = make_root(root) / QUEUE
    directory.mkdir(mode=PRIVATE, exist_ok=True)
    which = hashlib.sha256(redacted(database).encode()).hexdigest()[:12]
    return Place(directory / f"{which}-{submission_id}")


def _number(directory: Path) -> int:
    return int(directory.name.rpartition("-")[2])
