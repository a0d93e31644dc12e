"""Errors about spaces, architectures and operations, and the root of every error the product raises on purpose.

The whole tree is drawn in `nas.errors`. A message says where, what was expected, what arrived and what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class NasError(Exception):
    """Root of the errors that a command turns into one line on standard error."""

    exit_code: ClassVar[int] = 1


class SpaceError(NasError):
    """A space, an operation or an architecture is not what it should be."""

    exit_code = 2


class UnknownNameError(SpaceError):
    """A name was given that nothing is registered under."""


def unknown_name(what: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """Returns the error for a `name` that is none of the `known` ones, with the nearest of them."""
    return UnknownNameError(f"{what} {name!r} is not known; {suggest(name, known)}")


def printable(text: str) -> str:
    """Returns `text` with line breaks, control characters and undecodable bytes escaped, as a terminal may show it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def suggest(name: str, known: Iterable[str]) -> str:
    """Returns "known: a, b, c. Did you mean 'b'?", the question only where one is near enough."""
    names = sorted(known)
    nearest = get_close_matches(name, names, n=1)
    listing = f"known: {', '.join(names)}"
    return f"{listing}. Did you mean {nearest[0]!r}?" if nearest else listing
