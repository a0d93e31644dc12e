"""What every request passes before a route sees it, and what every answer is given on its way out.

1. It calls the service by a name that is ours: a foreign site whose name leads to this machine gets nothing.
2. Where a browser sends it, it comes from a page of ours, or opens one: the rules of web.dev/fetch-metadata.
3. Its body is read here, as far as it may be: `nas.web.bodies`.
4. HEAD is answered as GET without the body, OPTIONS with the methods that the path has.
5. The answer forbids the browser whatever a page of ours does not need: `HEADERS`.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nas.web.bodies import FORM, JSON, check_json, linger, read_body, replayed
from nas.web.problems import Problem, answer
from nas.web.settings import WebSettings

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FOR_PROBES = ("/healthz", "/readyz")
"""What watches the service from outside its container calls it by an address that nobody knows beforehand."""
FORM_PATHS = ("/login", "/logout")

CONTENT_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""Of every answer that does not say otherwise itself."""
STATIC_CACHE = "no-cache"
"""Files of ours are kept by the browser, which asks whether they have changed."""


class Guard:
    """See the module's docstring."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or has it answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guarded = with_headers(scope, send)
        try:
            headers = Headers(scope=scope)
            check_host(scope["path"], headers, self._settings)
            check_site(scope["method"], headers)
            check_text(scope)
            body = await read_body(scope, receive)
            await _check_content(scope, headers, body)
        except Problem as problem:
            await _refuse(problem, scope, receive, guarded)
            return
        if scope["method"] == "HEAD":
            scope, guarded = {**scope, "method": "GET"}, without_body(guarded)
        await self._app(scope, replayed(body, receive), guarded)


async def _check_content(scope: Scope, headers: Headers, body: bytes) -> None:
    """Raises `Problem` for a body of a kind that no route takes, or JSON that is none."""
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == JSON and scope["method"] not in SAFE_METHODS:
        await run_in_threadpool(check_json, body)
    elif body and not (kind == FORM and scope["path"] in FORM_PATHS):
        raise Problem(415, "Not JSON", f"expected a body of the type {JSON}, got another")


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers; where the connection ends with that, reads on for a moment before it does."""
    response = answer(problem, scope)
    is_last = "Connection" in problem.headers

    async def held_open(message: Message) -> None:
        if is_last and message["type"] == "http.response.body":
            await send({**message, "more_body": True})
            await linger(receive)
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await send(message)

    await response(scope, receive, without_body(held_open) if scope["method"] == "HEAD" else held_open)


def check_host(path: str, headers: Headers, settings: WebSettings) -> None:
    """Raises `Problem` 400 where the service is called by a name that is not one of its own."""
    given = headers.getlist("host")
    name = host_name(given[0]) if len(given) == 1 else None
    if path in FOR_PROBES or (name is not None and settings.allows_host(name)):
        return
    raise Problem(
        400,
        "Not a name of this service",
        "expected the header Host to name this service; start `nas dashboard` with --allow-host NAME "
        "where it is to be called by another name",
    )


def host_name(host: str) -> str | None:
    """Returns the name or the address out of "name:port"; None where it is no such thing.

    >>> host_name("[::1]:8765")
    '::1'
    """
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and "@" not in host else None


def check_site(method: str, headers: Headers) -> None:
    """Raises `Problem` 403 where a browser sends the request for a page that is not ours.

    A link from elsewhere may open a page: that is a navigation.
    """
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    if site is None:
        is_ours = method in SAFE_METHODS or _is_own_origin(headers)
    else:
        is_ours = site in ("same-origin", "none") or (method in SAFE_METHODS and mode == "navigate")
    if not is_ours:
        raise Problem(
            403, "Another site", "expected a request of a page of this service, got one of another site"
        )


def _is_own_origin(headers: Headers) -> bool:
    """Whether the request is of a program, which names no origin, or of a page of ours."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def check_text(scope: Scope) -> None:
    """Raises `Problem` where a path or a query holds a NUL, which no database takes."""
    if "\0" in scope["path"]:
        raise Problem(404, "Not found", "there is nothing of that name")
    if b"%00" in scope["query_string"]:
        raise Problem(422, "Not valid", "expected a query without NUL characters")


def with_headers(scope: Scope, send: Send) -> Send:
    """Returns a `send` that adds `HEADERS`, and answers OPTIONS by the methods that a refusal of it names."""
    is_static = scope["path"].startswith("/static/")
    defaults: Mapping[str, str] = {**HEADERS, **({"Cache-Control": STATIC_CACHE} if is_static else {})}

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            if scope["method"] == "OPTIONS" and message["status"] == 405:
                message = {**message, "status": 200}
            headers = MutableHeaders(scope=message)
            for name, value in defaults.items():
                headers.setdefault(name, value)
        await send(message)

    return guarded


def without_body(send: Send) -> Send:
    """Returns a `send` that ends the answer behind its headers."""

    async def headers_alone(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return headers_alone
