"""A dashboard's queue that dies by SIGKILL at a named moment: `python -m tests.nas.web.queue.mortal JSON`.

JSON has `url`, `exports`, `script`, which is run instead of `nas`, and `moment`, empty for one that lives.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from nas.web.queue import runner, starting
from nas.web.queue.orders import Orders
from nas.web.queue.places import Place
from nas.web.queue.runner import Runner
from nas.web.readers import Readers
from nas.web.settings import WebSettings

LOOK_SECONDS = 0.05


def run_script(script: str) -> None:
    """Lets runners of this process run a Python script for every submission."""
    runner.orders_of = lambda *_: Orders((sys.executable, "-c", script))  # type: ignore[assignment]


def die(*_: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def behind(function: Callable[..., Any]) -> Callable[..., Any]:
    def do_and_die(*arguments: Any) -> NoReturn:
        function(*arguments)
        die()

    return do_and_die


MOMENTS: dict[str, Callable[[], None]] = {
    "claimed": lambda: setattr(runner, "orders_of", die),
    "prepared": lambda: setattr(runner, "start", die),
    "attendant is up": lambda: setattr(starting, "owner_of", die),
    "known": lambda: setattr(Runner, "_keep", behind(Runner._keep)),
    "begun": lambda: setattr(runner, "start", behind(starting.start)),
    "ended": lambda: setattr(runner, "message_of", die),
    "told": lambda: setattr(Place, "clear", die),
}


def main(url: str, exports: str, script: str, moment: str) -> NoReturn:
    run_script(script)
    MOMENTS.get(moment, lambda: None)()
    queue = Runner(Readers(url), WebSettings(url, exports=Path(exports)))
    sys.stdout.write("up\n")
    sys.stdout.flush()
    while True:
        queue.look()
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
