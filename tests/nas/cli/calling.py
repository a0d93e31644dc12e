"""How tests call the command line, and the options of a search that takes a second and needs no Ray."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

TINY = (
    "--space",
    "toy",
    "--epochs",
    "1",
    "--backend",
    "local",
    "--train-images",
    "100",
    "--final-epochs",
    "1",
)
NAS = str(Path(sys.executable).with_name("nas"))


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Call = Callable[..., Ended]


def spawn(*arguments: str, **popen: object) -> "subprocess.Popen[str]":
    """Starts `nas` as a process of its own, with one thread and no database but the one that is named.

    It hears Ctrl-C, which a shell has ignored by what it starts in the background, tests too.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("NAS_DATABASE", None)
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [NAS, *arguments],
        env=environment,
        text=True,
        preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 - it takes no lock that a thread could hold
        **popen,
    )


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
