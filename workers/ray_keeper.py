"""Keeps a host process running: starts it, watches how long it takes, starts another one where it is gone.

A local Ray is started again at once, a cluster is looked for again and again. Where that fails for too long, `check`
says so; whoever calls it takes what the host has sent before.
"""

import re
import socket
import time
from collections.abc import Callable

from workers.data.images import ImageData
from workers.errors import PoolError, UnreachableError
from workers.ray_protocol import (
    Alive,
    Answer,
    Attempt,
    Failed,
    Lost,
    Reached,
    Ready,
    Request,
    Resize,
    Settings,
)
from workers.ray_session import HostProcess

REACH_SECONDS = 20.0
"""So long may a cluster take to answer, the start of the host process included."""
CONNECT_SECONDS = 5.0
START_ATTEMPTS = 3
SETTLED_SECONDS = 60.0
"""A Ray that lives no longer and does nothing has failed to start."""
RETRY_SECONDS = 5.0
"""Between two attempts to reach a cluster that is away."""
REST_SECONDS = 1.0
"""Before a local Ray is started again that did not come up, for each attempt so far."""
SILENCE_SECONDS = 90.0
"""A host that says nothing for so long stands still: it gives a sign of life every second, whatever its workers do, but
for up to 60 s where a head does not answer."""
LEAVE_SECONDS = 10.0
"""So long may a host take to let go of a cluster."""
LISTENING_SECONDS = 10.0
"""Whoever takes longer from turn to turn does something else meanwhile."""
ADDRESS = re.compile(r"auto|(?P<host>\[[^\]]+\]|[^:/\s]+):(?P<port>\d+)")


class Keeper:
    """The host process of a pool, or the one after it."""

    def __init__(
        self, settings: Settings, data: ImageData, reconnect_seconds: float, on_wait: Callable[[str], None]
    ) -> None:
        """Starts the first host; `check` raises what comes in the way. `on_wait` must not raise."""
        self._settings, self._data, self._reconnect_seconds = settings, data, reconnect_seconds
        self._host: HostProcess | None = None
        self._was_ready = self._is_reached = self.is_ready = False
        self._failures = 0
        self._began = self._said = self._heard = self._turned = self._next_start = time.monotonic()
        self._on_wait = on_wait
        self._error: PoolError | None = None
        self._start()

    def check(self) -> None:
        """Raises the `PoolError` for which no more hosts are started, where there is one."""
        if self._error:
            raise self._error

    def send(self, request: Request) -> None:
        """Sends it to the host, which has to be ready."""
        if self._host is None:
            raise PoolError("a request was sent while no host process was there; this is a fault of the pool")
        self._host.send(request)

    def resize(self, workers: int) -> None:
        """Has this host, and each after it, keep so many workers; one that is not ready yet hears of it when it is."""
        self._settings = self._settings._replace(workers=workers)
        if self.is_ready:
            self.send(Resize(workers))

    def turn(self, seconds: float) -> list[Answer]:
        """Returns what the host has said, waiting at most so long; `Lost` where it is gone after it was ready."""
        now = time.monotonic()
        if now - self._turned > LISTENING_SECONDS:
            self._heard = now  # nobody was listening
        self._turned = now
        if self._host is None:
            if self._error or now < self._next_start:
                time.sleep(min(seconds, max(0.0, self._next_start - now)))
            else:
                self._start()
            self._say_what_for(now)
            return []
        try:
            answers = self._host.receive(seconds)
        except EOFError:
            return self._gone(self._host.last_words())
        if answers:
            self._heard = time.monotonic()
        return [kept for answer in answers for kept in self._note(answer)] or self._check_time()

    def settle(self) -> None:
        """Says that the host has done something: its end is not counted as a failed start."""
        self._failures = 0

    def end(self) -> None:
        """Ends the host, and with it a local Ray; workers on a cluster are let go. May be called twice."""
        host, self._host = self._host, None
        is_joined, self.is_ready = self.is_ready and self._settings.address is not None, False
        if host is None:
            return
        has_left = not is_joined or host.leave(LEAVE_SECONDS)
        host.end()
        if not has_left:
            self._on_wait(
                f"expected to be let go by the Ray cluster at {self._settings.address} within {LEAVE_SECONDS:g} s, "
                "got no answer; what was connected to it was killed, and Ray ends its workers there"
            )

    def _start(self) -> None:
        self._is_reached = self._settings.address in (None, "auto")
        try:
            _require_listener(self._settings.address)
        except UnreachableError as error:
            self._start_failed(error)
            return
        try:
            self._host = HostProcess(self._settings, self._data)
        except OSError as error:
            self._start_failed(_no_room(error))
            return
        self._heard = time.monotonic()

    def _note(self, answer: Answer) -> list[Answer]:
        """Returns what the pool is to hear of an answer."""
        match answer:
            case Reached():
                self._is_reached = True
            case Ready():
                self._was_ready = self.is_ready = True
                self._settings = self._settings._replace(demanding=False)
                self._began = time.monotonic()
                self.send(Resize(self._settings.workers))  # which may not be what it was started with
            case Alive():
                pass
            case Failed(error, text) if self.is_ready:
                self._error = error(text)
            case Failed(error, text):
                self._start_failed(error(text))
            case Lost(text, begun):
                return self._gone(text, begun)
            case _:
                return [answer]
        return []

    def _check_time(self) -> list[Answer]:
        """Ends a host that takes too long."""
        now = time.monotonic()
        if self.is_ready:
            if now - self._heard > SILENCE_SECONDS:
                return self._gone(f"its process said nothing for {now - self._heard:.0f} s")
            return []
        host, limit = self._host, self._settings.start_seconds
        if host is None:
            return []
        if not self._is_reached and now - host.began > REACH_SECONDS:
            self._start_failed(_unreachable(self._settings.address, f"no answer within {REACH_SECONDS:g} s"))
        elif now - host.began > limit:
            self._start_failed(_too_slow(self._settings.address, limit))
        self._say_what_for(now)
        return []

    def _gone(self, text: str, begun: frozenset[Attempt] | None = None) -> list[Answer]:
        """The host has ended, or is to: another one is needed."""
        was_ready = self.is_ready
        if not was_ready:
            self._start_failed(PoolError(f"Ray could not be started: {text}"))
            return []
        self._failures = 0 if time.monotonic() - self._began > SETTLED_SECONDS else self._failures + 1
        self.is_ready = False
        self.end()
        self._began = self._said = self._next_start = time.monotonic()
        if self._failures >= START_ATTEMPTS and self._settings.address is None:
            self._error = PoolError(
                f"Ray was lost {self._failures} times soon after its start; the last: {text}"
            )
        else:
            self._on_wait(f"Ray is lost and is looked for again: {text}")
        return [Lost(text, begun)]

    def _start_failed(self, error: PoolError) -> None:
        self.end()
        self._failures += 1
        now = time.monotonic()
        if not self._was_ready:
            self._error = error
        elif self._settings.address is None:
            self._next_start = now + REST_SECONDS * self._failures
            if self._failures >= START_ATTEMPTS:
                self._error = PoolError(
                    f"Ray did not come up again {self._failures} times; the last: {error}"
                )
        elif now - self._began > self._reconnect_seconds:
            self._error = UnreachableError(f"{error}; it was looked for for {now - self._began:.0f} s")
        else:
            self._next_start = now + RETRY_SECONDS

    def _say_what_for(self, now: float) -> None:
        if now - self._said < self._settings.say_seconds:
            return
        self._said = now
        address = self._settings.address
        if address is None or not self._was_ready:
            what, limit = "Ray to start", self._settings.start_seconds
        else:
            what, limit = f"the Ray cluster at {address}", self._reconnect_seconds
        self._on_wait(f"waiting for {what}, {now - self._began:.0f} s so far, at most {limit:.0f} s")


def _require_listener(address: str | None) -> None:
    """Raises `UnreachableError` unless somebody listens at HOST:PORT; that it is Ray is seen later."""
    if address is None:
        return
    parts = ADDRESS.fullmatch(address)
    if parts is None:
        raise UnreachableError(
            f"Ray cluster {address!r}: expected HOST:PORT or auto; where this machine is none of the cluster's nodes, "
            "let it become one first: ray start --address=HOST:PORT"
        )
    if parts["host"] is None:
        return
    try:
        socket.create_connection((parts["host"].strip("[]"), int(parts["port"])), CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _unreachable(address, str(error)) from error


def _unreachable(address: str | None, reason: str) -> UnreachableError:
    return UnreachableError(
        f"no Ray cluster answers at {address}: {reason}; see `ray status --address {address}` and RAY_AUTH_TOKEN_PATH"
    )


def _no_room(error: OSError) -> PoolError:
    return PoolError(
        f"Ray: expected room for its host process, in memory and for temporary files, got: {error}; free some, or name "
        "another place with TMPDIR"
    )


def _too_slow(address: str | None, seconds: float) -> PoolError:
    return PoolError(
        f"Ray ({address or 'local'}): expected to be up within {seconds:g} s, got no answer; "
        "see that the loopback network is up, and unset RAY_* variables"
    )
