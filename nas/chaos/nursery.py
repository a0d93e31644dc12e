"""A process that has imported all that a driver needs, and forks one when it is asked to: in a hundredth of a second.

`python -m nas.chaos.nursery`. A storm starts drivers by the hundred, and importing torch would take most of its time.
The first line of its input is a JSON object with the fields of a `Drive`, whose strategy is to be at hand: not on the
command line, which anybody on the machine can read, as there may be a password in it. It reads a JSON object with the
fields of `Birth` from each further line, answers with the driver's process id on a line, and writes the exit code of a
driver that has ended into the file that was named for it. At the end of its input, which comes with the end of the
storm, it exits, and the drivers end with it.
"""

import importlib
import json
import os
import select
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from nas.builders import new_strategy
from nas.chaos.driver import Drive, build_task, main
from workers import points, process_pool
from workers.process import end_with_parent

REAP_SECONDS = 0.02
LOADED = (process_pool,)
"""What drivers import late."""


@dataclass(frozen=True, slots=True)
class Birth:
    """A driver to be: what it drives, its environment, and files for its words and its exit code."""

    drive: str
    """JSON, as of `nas.chaos.driver`."""
    environment: dict[str, str]
    errors: str
    code: str


def serve() -> None:
    """Forks drivers until the input ends. A process of one thread, which forking is safe from."""
    codes: dict[int, Path] = {}
    while True:
        _reap(codes)
        if not select.select([sys.stdin], [], [], REAP_SECONDS)[0]:
            continue
        line = os.read(
            sys.stdin.fileno(), 1 << 20
        )  # one request at a time: the next one waits for the answer
        if not line:
            return
        birth = Birth(**json.loads(line))
        pid = os.fork()
        if not pid:
            _live(birth)
        codes[pid] = Path(birth.code)
        os.write(sys.stdout.fileno(), f"{pid}\n".encode())


def _read() -> bytes:
    """Returns the next line, nothing at the end; reads no further, or `select` would not see what is there already."""
    line = b""
    while not line.endswith(b"\n") and (more := os.read(sys.stdin.fileno(), 1)):
        line += more
    return line


def _reap(codes: dict[int, Path]) -> None:
    """Writes down how drivers have ended; the file is there all at once."""
    while codes:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        file = codes.pop(pid)
        unfinished = file.with_suffix(".new")
        unfinished.write_text(str(os.waitstatus_to_exitcode(status)))
        unfinished.rename(file)


def _live(birth: Birth) -> NoReturn:
    """Is a driver from here on, with a session, standard streams and an environment of its own."""
    code = 1
    try:
        os.setsid()
        end_with_parent()
        _redirect(birth.errors)
        os.environ.update(birth.environment)
        importlib.reload(points)
        code = main([birth.drive])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the process ends here, and what it ended of is in its words
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _redirect(errors: str) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    words = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, file in enumerate((nowhere, nowhere, words)):
        os.dup2(file, number)
    os.close(nowhere)
    os.close(words)


if __name__ == "__main__":
    new_strategy(build_task(Drive.read(_read().decode())))
    serve()
