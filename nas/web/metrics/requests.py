"""How long requests took, by route and status: a histogram of this process."""

import time

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
API, STATIC = "/api/v1", "/static"
OTHER = "other"
"""A method that nothing here has, or a request that came to no route: what a client makes up becomes no label."""


class Requests:
    """The latencies of one application. May be used by several threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "nas_http_request_duration_seconds",
            "From the header of a request to that of its answer, by the pattern of its path.",
            ("method", "route", "status"),
            registry=registry,
            buckets=BUCKETS,
        )

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts an answer."""
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._seconds.labels(method, route_of(scope), str(status)).observe(seconds)


class Timed:
    """Middleware, the outermost: what the guard refuses is counted, too."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Has a request answered, and notes when the answer began: streams never end."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._requests.note(scope, message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, noted)


def route_of(scope: Scope) -> str:
    """Returns the pattern that the path of a request came to, "/api/v1/searches/{name}"."""
    path = scope["path"]
    pattern = getattr(scope.get("route"), "path", None)
    if pattern is None:
        return STATIC if path.startswith(f"{STATIC}/") else OTHER
    return f"{API}{pattern}" if path.startswith(f"{API}/") and not pattern.startswith(API) else str(pattern)
