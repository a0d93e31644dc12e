"""Bodies of requests, read before a route sees them: not too large, not too slow, and JSON that all can take.

What JSON parsers and databases do not agree upon is refused here, once: infinite numbers, numbers of thousands of
digits, lone surrogates, NUL characters, nesting that ends in a recursion error.
"""

import asyncio
import json
import math
from contextlib import suppress
from typing import Any, NoReturn

from starlette.types import Message, Receive, Scope

from nas.web.problems import Problem

LARGEST_BYTES = 1024 * 1024
READ_SECONDS = 30.0
LINGER_SECONDS = 1.0
"""So long what is still sent is thrown away behind a refusal, which would be lost if the connection broke at once."""
DEEPEST = 32
MOST_VALUES = 20_000
"""In one body, keys included: twice what the longest architecture has."""
LARGEST_NUMBER = 2**63
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """Returns the body; raises `Problem` 413 as soon as it is known to be too large, 408 where it takes too long."""
    told = dict(scope["headers"]).get(b"content-length", b"0")
    if not told.isdigit() or int(told[:20]) > LARGEST_BYTES:
        raise too_large()
    parts, size = [], 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Problem(400, "Broken off", "expected the whole body, got the end of the connection")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > LARGEST_BYTES:
                    raise too_large()
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise Problem(
            408, "Too slow", f"expected the body within {READ_SECONDS:.0f} s", headers={"Connection": "close"}
        ) from None


async def linger(receive: Receive) -> None:
    """Throws away what is still coming, for a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
                pass


def replayed(body: bytes, receive: Receive) -> Receive:
    """Returns a `receive` that gives the body first, and then what `receive` gives."""
    is_given = False

    async def give() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


def too_large() -> Problem:
    """Returns the answer to a body that is too large; the connection ends with it."""
    return Problem(
        413,
        "Too large",
        f"expected a body of at most {LARGEST_BYTES:,} bytes",
        headers={"Connection": "close"},
    )


def check_json(body: bytes) -> None:
    """Raises `Problem` where the body is not a JSON object that every part of the product can take."""
    if not body.strip():
        raise _not_json("expected a JSON object, got an empty body")
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise _not_json(f"expected UTF-8, got something else at offset {error.start}") from None
    except json.JSONDecodeError as error:
        raise _not_json(f"expected JSON, got something else at offset {error.pos}: {error.msg}") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # Python's own limit to the digits of a number
        raise _not_json("expected numbers below 2^63, got one of thousands of digits") from None
    if not isinstance(value, dict):
        raise _not_json("expected a JSON object, got another kind of value")
    _check_values(value)


def _check_values(value: dict[str, Any]) -> None:
    open_values: list[tuple[int, object]] = [(1, value)]
    count = 0
    while open_values:
        depth, one = open_values.pop()
        count += 1
        if count > MOST_VALUES:
            raise _not_valid(f"expected at most {MOST_VALUES:,} keys and values, got more")
        if depth > DEEPEST:
            raise _too_deep()
        if isinstance(one, dict):
            open_values += [(depth, key) for key in one]
            open_values += [(depth + 1, inner) for inner in one.values()]
        elif isinstance(one, list):
            open_values += [(depth + 1, inner) for inner in one]
        else:
            _check_value(one)


def _check_value(value: object) -> None:
    if isinstance(value, str) and any(
        c == "\0" or "\ud800" <= c <= "\udfff" for c in value if not " " <= c <= "~"
    ):
        raise _not_valid("expected text of whole characters, got one with a lone surrogate or a NUL")
    if isinstance(value, float) and not math.isfinite(value):
        raise _not_valid("expected finite numbers, got one that is too large")
    if isinstance(value, int) and abs(value) >= LARGEST_NUMBER:
        raise _not_valid("expected whole numbers below 2^63, got a larger one")


def _refuse_constant(name: str) -> NoReturn:
    raise _not_valid(f"expected finite numbers, got {name}")


def _not_json(detail: str) -> Problem:
    return Problem(400, "Not JSON", detail)


def _too_deep() -> Problem:
    return Problem(400, "Not JSON", f"expected values nested at most {DEEPEST} deep, got deeper ones")


def _not_valid(detail: str) -> Problem:
    return Problem(422, "Not valid", detail)
