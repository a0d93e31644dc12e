"""What all answers have in common: a page of a list, a problem, and numbers that JSON can hold."""

import math
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from nas.config import NAME_PATTERN
from nas.web.problems import MEDIA_TYPE

LARGEST_ID = 2**63 - 1
MAX_PAGE = 500
LONGEST_TEXT = 8_000
"""Characters of an error that are shown."""
WORKER_WORDS = "host, process and device"


class Answer(BaseModel):
    """The parent of everything that is answered: read from the records of the database, and never changed."""

    model_config = ConfigDict(from_attributes=True, frozen=True, use_attribute_docstrings=True)


class Body(BaseModel):
    """The parent of everything that is taken: keys that are not known are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True, strict=True
    )


def finite(value: object) -> object:
    """Returns None for a number that JSON does not have, and all else as it is."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def cut(text: str) -> str:
    """Returns a text of no more than `LONGEST_TEXT` characters, its end kept: an error says last what it is."""
    if len(text) <= LONGEST_TEXT:
        return text
    return f"... ({len(text) - LONGEST_TEXT:,} characters before)\n{text[-LONGEST_TEXT:]}"


Measure = Annotated[float | None, BeforeValidator(finite)]
"""A number that may be unknown; JSON has no infinity, which is unknown as well."""
Text = Annotated[str, BeforeValidator(cut)]
Identifier = Annotated[int, Field(ge=0, le=LARGEST_ID)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]

One = TypeVar("One")


class Page(Answer, Generic[One]):
    """One page of a list."""

    # Of `Page[...]` pydantic would look for docstrings where it is used.
    model_config = ConfigDict(
        use_attribute_docstrings=False, json_schema_extra={"description": "One page of a list."}
    )

    data: list[One] = Field(description="what is on the page, in the order asked for")
    count: int | None = Field(
        description="how many there are on all pages; null where counting them would read them all"
    )
    next: str | None = Field(None, description="`cursor` of the page behind this one; null on the last")


class FieldProblem(Answer):
    """One of several faults of a request."""

    path: str
    """where it is, such as `body.configuration.budget.trials`"""
    message: str
    """what was expected"""


class ProblemAnswer(Answer):
    """A request that was not done (RFC 9457)."""

    type: str = "about:blank"
    """always about:blank: the status and the words say it all"""
    title: str
    """the kind of problem"""
    status: int
    """the status of the answer"""
    detail: str
    """what was expected and what to do"""
    errors: list[FieldProblem] | None = None
    """where the request has several faults, each of them"""


WORDS: dict[int, tuple[str, str]] = {
    400: (
        "The request is not HTTP or JSON as it should be",
        "the body is not JSON: see the character at offset 17",
    ),
    401: ("A token is wanted, and none that is valid came", "send a token: Authorization: Bearer nas_..."),
    403: ("Not allowed", "the token may read only; ask for one of scope write"),
    404: ("There is no such thing", "search 'cifar-b' is not known; did you mean 'cifar-a'?"),
    409: ("It does not go with how things stand", "search 'cifar-a' is completed: nobody drives it"),
    413: ("The body is too large", "expected at most 1,048,576 bytes"),
    415: ("The body is not JSON", "expected a body of the type application/json, got another"),
    422: ("The values are not what they may be", "query.limit: Input should be less than or equal to 500"),
    429: ("Too many wrong tokens, or commands that wait", "expected a right token; wait 30 s"),
    503: ("The database does not answer", "the database does not answer; try again in 5 s"),
}
ALWAYS = (401, 403, 429, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Returns the documentation of these answers, and of those that any route can give."""
    return {status: _documented(status) for status in sorted({*ALWAYS, *statuses})}


def _documented(status: int) -> dict[str, Any]:
    title, detail = WORDS[status]
    example = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    schema = {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}
    return {"description": title, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}
