"""What browsers and guessers are remembered by, in this process alone: a restart forgets all of them."""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

SESSION_SECONDS = 12 * 3600.0
MOST_SESSIONS = 1_000
MOST_CLIENTS = 10_000
ATTEMPTS = 10
ATTEMPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has shown a token."""

    token_id: int
    ends_at: float
    """On the monotonic clock."""


class Sessions:
    """The browsers that are logged in: 256 random bits in a cookie -> a token. May be used by several threads."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, token_id: int) -> str:
        """Returns the cookie of a new session; of too many the oldest ends."""
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_key(cookie)] = Session(token_id, time.monotonic() + SESSION_SECONDS)
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return cookie

    def token_id(self, cookie: str) -> int | None:
        """Returns which token the session was begun with, None where there is no such session any more."""
        with self._lock:
            session = self._sessions.get(_key(cookie))
        return session.token_id if session and time.monotonic() < session.ends_at else None

    def end(self, cookie: str) -> None:
        """Ends a session, if there is one."""
        with self._lock:
            self._sessions.pop(_key(cookie), None)


class Attempts:
    """How often each client has shown a wrong token lately. May be used by several threads."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_seconds(self, client: str) -> float:
        """Returns how long the client has to wait before it is listened to again, 0 for not at all."""
        with self._lock:
            failed = self._recent(client)
        return failed[0] + ATTEMPT_SECONDS - time.monotonic() if len(failed) >= ATTEMPTS else 0.0

    def failed(self, client: str) -> None:
        """Counts a wrong token."""
        with self._lock:
            self._failed[client] = [*self._recent(client), time.monotonic()]
            self._failed.move_to_end(client)
            while len(self._failed) > MOST_CLIENTS:
                self._failed.popitem(last=False)

    def _recent(self, client: str) -> list[float]:
        since = time.monotonic() - ATTEMPT_SECONDS
        return [at for at in self._failed.get(client, ()) if at > since]


def _key(cookie: str) -> str:
    """Returns what is looked up: where it differs says nothing of the cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()
