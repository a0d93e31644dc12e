"""What a Ray actor does: a `Worker` that is called over Ray. Needs no Ray itself until it runs in an actor.

Calls run in concurrency groups, so that a sign of life is given while a child is in training. That keeps them off the
main thread, which waits in native code and runs no Python handler of a signal: SIGTERM is read from a pipe.
"""

import os
import pickle
import platform
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from workers.data.images import ImageData
from workers.environment import without_secrets
from workers.gpu_memory import wait_until_free
from workers.pool import Beat, Patience
from workers.process import end_with_parent, hush, is_alive
from workers.worker import Worker

BEAT, END = "beat", "end"
GROUPS = {BEAT: 1, END: 1}
"""The concurrency groups of an actor beside the one that runs its jobs, and how many threads each has."""
GONE_SECONDS = 30.0
"""So long does a worker wait for those before it to be gone."""


class Place(NamedTuple):
    """A process, and the machine that it runs on."""

    machine: str
    """Equal for two processes that know each other by the same process ids."""
    pid: int


class Life(NamedTuple):
    """What an actor says when it is up."""

    name: str
    place: Place
    node: str
    """Ray's id of it."""


def here() -> Place:
    """Returns the place of this process."""
    return Place(_machine(), os.getpid())


class Actor:
    """One worker of a `RayPool`."""

    def __init__(
        self, child: bytes, data: ImageData, device: str, patience: Patience, before: Sequence[Place]
    ) -> None:
        """Waits for the processes `before` it to be gone, since what they held on a GPU is still missing there.

        That it ends with its raylet is arranged first: what a user's own code does when it is loaded may take for ever.
        """
        end_with_parent()
        import ray

        _forget_secrets()
        _wait_until_gone(before, device)
        evaluate, space = pickle.loads(child)  # noqa: S301 - from the driver, as everything Ray unpickles here
        self._worker = Worker(evaluate, space, data, device, patience)
        self._node: str = ray.get_runtime_context().get_node_id()
        self._worker.settle()
        self._signals = _wake_up_pipe()
        hush()  # Ray would write it to files in /tmp, without a limit

    def life(self) -> Life:
        """Returns who and where this is; the first call, answered when the actor is up."""
        return Life(self._worker.name, here(), self._node)

    def run(self, job: bytes) -> bytes:
        """Runs a pickled job. Bytes come and go, since Ray's own pickling costs 0.1 ms more a job."""
        return self._worker.run_pickled(job)

    def beat(self) -> Beat:
        """Returns a sign of life; called in a concurrency group of its own."""
        return replace(self._worker.beat(), node=self._node)

    def asked_to_end(self) -> None:
        """Returns when SIGTERM has come; called once, in a concurrency group of its own."""
        while signal.SIGTERM not in os.read(self._signals, 16):
            pass


def _forget_secrets() -> None:
    """Removes what nodes of a cluster, started by somebody else, may have handed down."""
    for name in os.environ.keys() - without_secrets(os.environ).keys():
        del os.environ[name]


def _wake_up_pipe() -> int:
    """Returns what the numbers of signals can be read from, as soon as they come. Called on the main thread."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, _pass)  # without a handler it would end the process, which tells nobody why
    return reader


def _pass(number: int, frame: FrameType | None) -> None:
    """Leaves the signal to whoever reads the pipe."""


def _wait_until_gone(places: Sequence[Place], device: str) -> None:
    machine, deadline = _machine(), time.monotonic() + GONE_SECONDS
    pids = [place.pid for place in places if place.machine == machine]
    for pid in pids:
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
    if device.startswith("cuda"):
        wait_until_free(pids, lambda text: print(text, file=sys.stderr))  # noqa: T201 - Ray's log of this worker


def _machine() -> str:
    """Returns what two processes share where a process id means the same to both."""
    if sys.platform != "linux":
        return platform.node()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
