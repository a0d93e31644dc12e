"""Who asks, and what they may do.

A program shows a token in the header Authorization, a browser the cookie of a session that a token has begun
(`nas.web.login`); never a URL. Both are looked up in the database for every request, so that a token that is revoked is
worth nothing from then on. Where the service listens on loopback alone, none is asked for and the database has never
had one, everybody on this machine may do everything, under the name of whoever runs the service. One that has expired
or was revoked does not open what it once closed. What a proxy sends on comes from who knows where: of it a token is
always wanted.
"""

import math
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param

from nas.storage.owner import actor
from nas.storage.records import ApiToken, TokenScope
from nas.web.problems import Problem, wants_page
from nas.web.readers import Readers
from nas.web.sessions import Attempts, Sessions
from nas.web.settings import WebSettings
from nas.web.tokens import live, matching

COOKIE = "nas_session"
OF_PROXIES = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers by which a proxy says that a request is not its own."""
LOGIN_PATH = "/login"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever sent a request."""

    name: str
    """Kept with all that they do: "me@host7", or "token:NAME"."""
    scope: TokenScope
    token_id: int | None = None
    """None for somebody on this machine, of whom no token was wanted."""

    @property
    def may_write(self) -> bool:
        """Whether they may act, not just look."""
        return self.scope is TokenScope.WRITE


class Access:
    """Knows who asks. May be used by several threads."""

    def __init__(self, settings: WebSettings, readers: Readers) -> None:
        self._settings, self._readers = settings, readers
        self._attempts = Attempts()
        self.sessions = Sessions()

    def actor_of(self, request: Request) -> Actor:
        """Returns who sent the request; raises `Problem` 401, or 429 for a client that has guessed too often."""
        tokens = self._tokens()
        scheme, given = get_authorization_scheme_param(request.headers.get("authorization"))
        if scheme:
            if scheme.lower() != "bearer":
                raise _unknown(request)
            return self.check(given, request, tokens)
        token_id = self.sessions.token_id(request.cookies.get(COOKIE, ""))
        found = next((token for token in live(tokens) if token.token_id == token_id), None)
        if found is not None:
            return _actor(found)
        if self.wants_token(tokens) or any(name in request.headers for name in OF_PROXIES):
            raise _unknown(request)
        return Actor(actor(), TokenScope.WRITE)

    def check(self, given: str, request: Request, tokens: list[ApiToken] | None = None) -> Actor:
        """Returns whose token was `given`; raises `Problem` as `actor_of` does."""
        found = matching(given, live(self._tokens() if tokens is None else tokens))
        if found is not None:  # heard at once, also from an address that others guess from
            return _actor(found)
        client = request.client.host if request.client else ""
        wait = math.ceil(self._attempts.wait_seconds(client))
        if wait > 0:
            detail = f"expected a right token; wait {wait} s"
            raise Problem(429, "Too many wrong tokens", detail, headers={"Retry-After": str(wait)})
        self._attempts.failed(client)
        raise _unknown(request)

    def wants_token(self, tokens: list[ApiToken] | None = None) -> bool:
        """Whether a request without a token is refused."""
        if self._settings.require_token or not self._settings.is_loopback:
            return True
        return bool(self._tokens() if tokens is None else tokens)

    def _tokens(self) -> list[ApiToken]:
        with self._readers.read() as storage:
            return storage.tokens()


def _actor(token: ApiToken) -> Actor:
    return Actor(f"token:{token.name}", token.scope, token.token_id)


def _unknown(request: Request) -> Problem:
    """Returns the answer to whoever is not known: a browser is led to the login."""
    if request.method == "GET" and wants_page(request.scope):
        wanted = quote(f"{request.url.path}?{request.url.query}".rstrip("?"), safe="")
        return Problem(
            303, "Log in", "this page wants a token", headers={"Location": f"{LOGIN_PATH}?next={wanted}"}
        )
    return Problem(
        401,
        "Who are you?",
        "expected a live token in the header Authorization, as `Bearer nas_...`; `nas token create NAME` makes one",
        headers={"WWW-Authenticate": "Bearer", "HX-Redirect": LOGIN_PATH},
    )


_in_header = HTTPBearer(auto_error=False, description="A token of `nas token create`.")
_in_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="What a browser gets at /login.")


def may_read(
    request: Request,
    _header: Annotated[object, Security(_in_header)],
    _cookie: Annotated[object, Security(_in_cookie)],
) -> Actor:
    """Returns who sent the request; raises `Problem` where they may not look."""
    access: Access = request.app.state.service.access
    return access.actor_of(request)


MayRead = Annotated[Actor, Depends(may_read)]
"""Of a route's parameter: whoever may look; everybody else is refused."""


def may_write(who: MayRead) -> Actor:
    """Returns who sent the request; raises `Problem` 403 where they may only look."""
    if not who.may_write:
        raise Problem(
            403,
            "Read only",
            "expected a token of the scope write, got one of the scope read; `nas token create NAME --scope write` "
            "makes one",
        )
    return who


MayWrite = Annotated[Actor, Depends(may_write)]
"""Likewise: whoever may act."""


def permitted(request: Request, who: MayRead) -> Actor:
    """Returns who sent the request, if they may do what its method does: what holds for routes that do not say."""
    return who if request.method in ("GET", "HEAD", "OPTIONS") else may_write(who)
