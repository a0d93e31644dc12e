"""The process around a process: `python -m nas.web.queue.attendant PLACE`. It imports next to nothing.

It leaves its parent, says its process id on standard output and waits for "go" on standard input. Where that ends
without it, the dashboard was killed before it could keep in the database who runs what: then nothing is started. After
"go" the process of `PLACE/orders.json` is started, which hears SIGTERM if the attendant is killed: a search then stops
cleanly. What it says goes to a log of bounded size; how it ended is written down.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from nas.web.queue.private_files import PRIVATE, write_private

LOG_BYTES = 128 * 1024
"""Of the newest part of the log; the part before it is as large."""
BEAT_SECONDS = 5.0
LOOK_SECONDS = 0.5
BLOCK_BYTES = 1 << 16
LAST_LINES = 4
LAST_BYTES = 4_000
GO = b"go"
PR_SET_PDEATHSIG = 1
"""The option of Linux' prctl(2) that asks for a signal when the parent is gone."""


class Log:
    """A file that is begun anew when it is full; the one before is kept. A full disk costs words, and nothing else."""

    def __init__(self, directory: Path) -> None:
        self._path, self._older = directory / "log.txt", directory / "log.1.txt"
        self._last: deque[bytes] = deque()

    def add(self, block: bytes) -> None:
        """Adds what was said."""
        self._last.append(block)
        while sum(map(len, self._last)) - len(self._last[0]) >= LAST_BYTES:
            self._last.popleft()
        with suppress(OSError):
            if self._path.exists() and self._path.stat().st_size > LOG_BYTES:
                self._path.replace(self._older)
            with os.fdopen(
                os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE), "wb"
            ) as file:
                file.write(block)

    def last_words(self) -> str:
        """Returns the last lines."""
        text = b"".join(self._last)[-LAST_BYTES:].decode(errors="replace")
        return "\n".join([line for line in text.splitlines() if line.strip()][-LAST_LINES:])


def main(place: Path) -> None:
    """Attends one process from its beginning to its end."""
    if os.fork():
        os._exit(0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(
            number, signal.SIG_IGN
        )  # the process in its care hears them for itself, and is waited for
    os.write(sys.stdout.fileno(), f"{os.getpid()}\n".encode())
    if os.read(sys.stdin.fileno(), len(GO)) != GO:
        return
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, sys.stdin.fileno())
    os.dup2(nowhere, sys.stdout.fileno())
    beat = place / "begun"
    write_private(beat, "")
    attend(place, beat)


def attend(place: Path, beat: Path) -> None:
    """Runs the process to its end, and writes down how it ended."""
    log = Log(place)
    parent = os.getpid()
    process = subprocess.Popen(
        json.loads((place / "orders.json").read_text(encoding="utf-8")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: _stop_with(parent),  # noqa: PLW1509 - a process of one thread
    )
    _listen(process, log, beat)
    code = process.wait()
    words = {"code": code if code >= 0 else 128 - code, "last_words": log.last_words()}
    while place.is_dir():
        try:
            write_private(place / "ended.json", json.dumps(words))
        except OSError:  # a full disk: the dashboard would not know
            time.sleep(BEAT_SECONDS)
        else:
            return


def _listen(process: "subprocess.Popen[bytes]", log: Log, beat: Path) -> None:
    """Keeps what is said until the process has ended: what it started may hold its output open for longer."""
    assert process.stdout is not None
    said, beat_at = process.stdout.fileno(), time.monotonic()
    while True:
        has_ended = process.poll() is not None
        if select.select([said], [], [], 0 if has_ended else LOOK_SECONDS)[0]:
            block = os.read(said, BLOCK_BYTES)
            if not block:
                return
            log.add(block)
        elif has_ended:
            return
        if time.monotonic() >= beat_at + BEAT_SECONDS:
            beat_at = time.monotonic()
            with suppress(OSError):
                os.utime(beat)


def _stop_with(parent: int) -> None:
    """Lets the process hear the signals that its attendant does not, and be asked to stop where that is killed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
