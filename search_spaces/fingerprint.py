"""Whether a space is still the one that it was: what it is once it is resolved, and the files that made it."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from search_spaces.errors import SpaceError
from search_spaces.space import Space

HALF = 32
"""Hexadecimal digits, of 4 bits each, for the decisions, and as many for the files."""


def space_fingerprint(space: Space, plugin_files: Iterable[str]) -> str:
    """Returns 64 hexadecimal digits, the halves of two SHA-256: over name, decisions and options; over the files.

    Where a file lies does not matter. Raises `SpaceError` for one that cannot be read.
    """
    decisions = [[decision.name, *decision.options] for decision in space.decisions]
    text = json.dumps([space.name, decisions])
    files = "".join(sorted(hashlib.sha256(_bytes(file)).hexdigest() for file in plugin_files))
    return _half(text) + _half(files)


def what_differs(before: str, now: str) -> list[str]:
    """Returns in words which halves of two fingerprints differ."""
    halves = ((slice(None, HALF), "decisions or their options"), (slice(HALF, None), "plugin files"))
    return [words for half, words in halves if before[half] != now[half]]


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise SpaceError(f"plugin {file}: expected a Python file, got: {error.strerror}") from error


def _half(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HALF]
