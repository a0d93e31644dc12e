"""Logging in and out, for browsers: a token, shown once in a form, becomes a cookie that no script can read.

The page with the form is one of `nas.web.pages`. What a form sends is read here without a parser for uploads.
"""

from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from nas.web.access import COOKIE, LOGIN_PATH
from nas.web.problems import Problem
from nas.web.service import TheService
from nas.web.sessions import SESSION_SECONDS
from nas.web.tokens import LONGEST

router = APIRouter(include_in_schema=False)

MOST_FIELDS = 10
LONGEST_PLACE = 2000
"""Characters of a page's address that a login leads to; behind a longer one the first page is shown."""


async def _form(request: Request) -> dict[str, str]:
    """Returns the fields of a form, the last of equal names; raises `Problem` for far more than ours has."""
    body = (await request.body()).decode("utf-8", errors="replace")
    try:
        return {name: values[-1] for name, values in parse_qs(body, max_num_fields=MOST_FIELDS).items()}
    except ValueError:
        raise Problem(
            422, "Not valid", f"expected at most {MOST_FIELDS} fields, got more; use the page {LOGIN_PATH}"
        ) from None


Form = Annotated[dict[str, str], Depends(_form)]


@router.post(LOGIN_PATH)
def log_in(request: Request, service: TheService, form: Form) -> Response:
    """Begins a session and leads to the page that was wanted; with a wrong token back to the form."""
    wanted = safe_place(form.get("next", ""))
    given = form.get("token", "").strip()
    try:
        who = service.access.check(given if len(given) <= LONGEST else "", request)
    except Problem as problem:
        why = "wait" if problem.status == 429 else "wrong"
        return RedirectResponse(f"{LOGIN_PATH}?problem={why}&next={quote(wanted, safe='')}", 303)
    assert who.token_id is not None
    service.access.sessions.end(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(wanted, 303)
    answer.set_cookie(
        COOKIE,
        service.access.sessions.begin(who.token_id),
        max_age=int(SESSION_SECONDS),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/logout")
def log_out(request: Request, service: TheService) -> Response:
    """Ends the session, and has the browser forget it."""
    service.access.sessions.end(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(LOGIN_PATH, 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def safe_place(place: str) -> str:
    """Returns the place if it is a page of ours, the first page otherwise.

    >>> safe_place("//evil.example/"), safe_place("/searches/cifar?sort=-reward")
    ('/', '/searches/cifar?sort=-reward')
    """
    is_ours = (
        place.startswith("/") and not place.startswith("//") and place.isprintable() and "\\" not in place
    )
    return place if is_ours and len(place) <= LONGEST_PLACE and not place.startswith(LOGIN_PATH) else "/"
