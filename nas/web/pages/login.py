"""The page that takes a token. What it sends goes to `nas.web.login`, which makes a session of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from nas.web.access import LOGIN_PATH
from nas.web.login import safe_place
from nas.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

PROBLEMS = {
    "wrong": "That is no token of this server, or it has run out or was revoked.",
    "wait": "Too many wrong tokens came from here. Wait a minute, then try again.",
}
Word = Annotated[str, Query(max_length=20)]
Place = Annotated[str, Query(alias="next")]


@router.get(LOGIN_PATH, response_class=HTMLResponse)
def login(request: Request, problem: Word = "", wanted: Place = "/") -> HTMLResponse:
    """Shows the form; `wanted` is the page that it leads to."""
    return render(
        request,
        "login.html",
        problem=PROBLEMS.get(problem, ""),
        wanted=safe_place(wanted),
        action=LOGIN_PATH,
    )
