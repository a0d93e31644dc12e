"""What is answered where a request cannot be done: `application/problem+json` (RFC 9457), or a page for a browser.

What was sent is never sent back, and no text of an error that nobody thought of leaves the process.
"""

import logging
import re
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nas.errors import (
    NasError,
    SearchBusyError,
    SearchExistsError,
    StorageError,
    SubmissionStateError,
    TrialStateError,
    UnknownSearchError,
    UnknownSubmissionError,
    UnknownTokenError,
)
from nas.web.pages.rendering import render

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
_LOG = logging.getLogger("nas.web")
_FRAMES = 4
MOST_FAULTS = 50
"""Of one request that are told; whoever has more will ask again."""
_PLACE = re.compile(r" (is not|exists) in .*?;")
"""Of an error: in which database something was looked for, which is nobody's business here."""
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Problem(Exception):  # noqa: N818 - the word of the standard
    """A request that cannot be done; `detail` says what was expected and what to do."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail
        self.errors, self.headers = tuple(errors), dict(headers or {})
        """`errors`: of several faults in one request the `path` and the `message` of each."""


def wants_page(scope: Scope) -> bool:
    """Whether a person waits for the answer, in a browser: not a program, and not a part of a page."""
    headers = dict(scope["headers"])
    accepts = headers.get(b"accept", b"").decode("latin-1")
    return "text/html" in accepts and b"hx-request" not in headers and not scope["path"].startswith("/api/")


def answer(problem: Problem, scope: Scope) -> Response:
    """Returns the problem as an answer to that request."""
    if wants_page(scope):
        page = render(
            Request(scope), "problem.html", status=problem.status, title=problem.title, detail=problem.detail
        )
        page.headers.update(problem.headers)
        return page
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        **({"errors": [dict(error) for error in problem.errors]} if problem.errors else {}),
    }
    return JSONResponse(body, problem.status, problem.headers, media_type=MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Makes `app` answer all errors so."""
    app.add_exception_handler(Problem, _answered)
    app.add_exception_handler(HTTPException, _answered)
    app.add_exception_handler(RequestValidationError, _answered)
    app.add_exception_handler(NasError, _answered)
    app.add_middleware(Unexpected)


def _answered(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        problem.headers = {"Allow": ", ".join(_methods(request))}
        problem.detail = f"expected one of the methods {problem.headers['Allow']}"
    return answer(problem, request.scope)


def _methods(request: Request) -> list[str]:
    """Returns the methods that the path has."""
    routes = request.app.routes

    def has(method: str) -> bool:
        scope = {**request.scope, "method": method, "path_params": {}}
        return any(route.matches(scope)[0] is Match.FULL for route in routes)

    found = [method for method in _METHODS if has(method)]
    return [*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"]


def problem_of(error: Exception) -> Problem:
    """Returns the problem that an error is to whoever sent the request."""
    match error:
        case Problem():
            return error
        case HTTPException():
            status = HTTPStatus(error.status_code)
            return Problem(
                status, status.phrase, f"{status.description or status.phrase}", headers=error.headers
            )
        case RequestValidationError():
            return _of_validation(error)
        case UnknownSearchError() | UnknownTokenError() | UnknownSubmissionError():
            return Problem(404, "Not found", _without_place(str(error)))
        case SearchExistsError() | SearchBusyError() | SubmissionStateError() | TrialStateError():
            return Problem(409, "Not now", _without_place(str(error)))
        case StorageError():
            _LOG.warning("the database: %s", error)
            return Problem(
                503,
                "Database away",
                f"the database does not answer; try again in {RETRY_AFTER_SECONDS} s",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
        case NasError():
            return Problem(422, "Cannot be done", str(error))
    return _unexpected()


def _without_place(text: str) -> str:
    return _PLACE.sub(lambda found: " exists;" if found[1] == "exists" else " is not known;", text)


def _of_validation(error: RequestValidationError) -> Problem:
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        at = next(one["loc"][-1] for one in found if one["type"] == "json_invalid")
        return Problem(400, "Not JSON", f"the body is not JSON: see the character at offset {at}")
    told = found[:MOST_FAULTS]
    errors = [{"path": ".".join(map(str, one["loc"])), "message": _message(one)} for one in told]
    detail = "; ".join(f"{one['path']}: {one['message']}" for one in errors)
    return Problem(422, "Not valid", detail, errors=errors)


def _message(error: Mapping[str, object]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _unexpected() -> Problem:
    return Problem(
        500,
        "A fault of nas",
        "something went wrong that nobody thought of; the log of the dashboard says more",
    )


class Unexpected:
    """Answers 500 without details where the application raised something else, and keeps one line in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the border of a request: whatever it was, the others go on
            _LOG.error("%s %s: %s", scope["method"], scope["path"], _described(error))
            if not has_begun:
                await answer(_unexpected(), scope)(scope, receive, send)


def _described(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"unexpected {type(error).__name__}: {str(error)[:300]}; a fault of nas itself, at {where}"
