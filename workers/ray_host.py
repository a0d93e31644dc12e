"""The process that alone knows Ray: ``python -m workers.ray_host LINK SETUP``, started by a `RayPool`.

Ray ends the processes that are connected to it when its head dies, sets signal handlers of its own, and may wait for
ever when it starts. All that happens to this process, and never to the one that owns the search and its database.

LINK is the number of an open socket to the pool, SETUP that of a file with settings and pictures. The host leads a
session of its own, so that Ctrl-C does not reach it; with it all of a local Ray is found and ended. It ends when the
pool's end of the link is closed, however that happens.
"""

import math
import os
import pickle
import select
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from workers.data.images import ImageData
from workers.errors import PoolError
from workers.frames import WorkerLink
from workers.process import one_line
from workers.ray_protocol import (
    Answer,
    Attempt,
    Failed,
    Leave,
    Lost,
    Reached,
    Ready,
    Request,
    Resize,
    Settings,
    Submit,
)
from workers.ray_session import end_session
from workers.shared import read_shared

LOOK_SECONDS = 1.0
"""Between two looks whether Ray is still there."""
_ending = threading.Lock()
"""Held by the thread that ends this process."""


class Outbox:
    """What is to be sent; `flush` sends all of it as one message. All methods may be called on any thread.

    Nothing is on its way in vain: what was added is sent, in order, before the last word of a host that ends.
    """

    def __init__(self, link: WorkerLink) -> None:
        self._link, self._answers, self._lock = link, list[Answer](), threading.Lock()

    def add(self, answer: Answer) -> None:
        """Keeps the answer until `flush`."""
        with self._lock:
            self._answers.append(answer)

    def flush(self) -> None:
        """Sends what was added. Where nobody is there to take it, this process is about to end."""
        with self._lock:
            if self._answers:
                answers, self._answers = self._answers, []
                with suppress(OSError):
                    self._link.send(pickle.dumps(answers))

    def send_now(self, answer: Answer) -> None:
        """Sends what was added, and then this."""
        self.add(answer)
        self.flush()


class Bell:
    """Wakes a poller, from any thread."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self.fileno = self._reader
        self._rings = False

    def ring(self) -> None:
        """Wakes it; once is enough until `hush`."""
        if not self._rings:
            self._rings = True
            os.write(self._writer, b"\0")

    def hush(self) -> None:
        """To be called when it rang, before looking at what for."""
        os.read(self._reader, 4096)
        self._rings = False


def main() -> None:
    """Starts or joins Ray, says that it is up, and does jobs until it is told to leave."""
    number, setup = map(int, sys.argv[1:3])
    os.set_inheritable(number, False)
    end = socket.socket(fileno=number)
    link = WorkerLink(end)
    outbox = Outbox(link)
    items = read_shared(setup)
    settings: Settings = next(items)
    threading.Thread(target=_end_with_pool, args=(number, settings), name="pool-watch", daemon=True).start()
    data: ImageData = next(items)
    try:
        _serve(number, link, outbox, settings, data)
    except PoolError as error:
        outbox.send_now(Failed(type(error), str(error)))
        os._exit(1)


def _serve(number: int, link: WorkerLink, outbox: Outbox, settings: Settings, data: ImageData) -> None:
    """Returns when the pool is being closed."""
    import ray

    from workers import ray_runtime
    from workers.ray_crew import Crew

    ray_runtime.start(settings, lambda: outbox.send_now(Reached()))
    loss = ray_runtime.Lookout(is_local=settings.address is None).loss
    bell = Bell()
    crew = Crew(settings, data, outbox.add, bell.ring)
    lookout = threading.Thread(
        target=_look_out, args=(loss, crew.stop, outbox, settings), name="lookout", daemon=True
    )
    lookout.start()
    outbox.add(Ready())
    poller = select.poll()
    for source in (number, bell.fileno):
        poller.register(source, select.POLLIN)
    is_open = True
    while is_open:
        seconds = crew.work()
        outbox.flush()
        ready = [source for source, _ in poller.poll(math.ceil(seconds * 1000))]
        if bell.fileno in ready:
            bell.hush()
        if number in ready:
            is_open = _take(link, crew.take, crew.resize)
    crew.dismiss_all()
    ray.shutdown()


def _take(link: WorkerLink, take: Callable[[Submit], None], resize: Callable[[int], None]) -> bool:
    """Takes what has come, jobs above all; returns whether there will be more."""
    message = link.receive()
    if message is None:  # the pool is gone: the thread that watches it ends this process
        threading.Event().wait()
        return False
    requests: tuple[Request, ...] = pickle.loads(message)  # noqa: S301 - from the driver that started this process
    for request in requests:
        if isinstance(request, Leave):
            return False
        if isinstance(request, Resize):
            resize(request.workers)
        else:
            take(request)
    return True


def _look_out(
    loss: Callable[[], str | None], stop: Callable[[], frozenset[Attempt]], outbox: Outbox, settings: Settings
) -> None:
    """Ends this process when Ray is gone: the main thread may be waiting for it.

    What workers had is asked for before the outbox is emptied: an outcome is in there before its worker is without it.
    """
    while (text := _loss(loss)) is None:
        time.sleep(LOOK_SECONDS)
    with _ending:
        outbox.send_now(Lost(text, stop()))
        _end_ray(settings)
        os._exit(1)


def _loss(loss: Callable[[], str | None]) -> str | None:
    """Returns what is gone; Ray's own errors are a loss as well, as nobody else looks."""
    try:
        return loss()
    except Exception as error:  # noqa: BLE001 - border to Ray, which raises of every kind
        return f"Ray does not answer: {one_line(error)}"


def _end_with_pool(number: int, settings: Settings) -> None:
    """Ends this process when the pool's end of the link is closed, also while the main thread waits for Ray."""
    watch = select.poll()
    watch.register(number, 0)  # a hang-up is told unasked
    watch.poll()
    _ending.acquire()  # for good: that Ray is gone is now on purpose
    _end_ray(settings)
    os._exit(0)


def _end_ray(settings: Settings) -> None:
    """Ends what a Ray on this machine consists of, but for this process: the pool may be gone, and end nothing."""
    if settings.address is None:
        end_session(os.getpid(), spare=os.getpid())
        shutil.rmtree(settings.directory, ignore_errors=True)


if __name__ == "__main__":
    main()
