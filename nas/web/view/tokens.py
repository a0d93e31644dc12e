"""The tokens of very many architectures at once, from the JSON that the database keeps of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search_spaces.architecture import Architecture

Tokens = NDArray[np.int16]
"""Architectures x decisions; `MISSING` behind the end of one with fewer decisions than another."""
MISSING = -1
_BEGIN, _END = '"tokens": [', "]}"
_ALLOWED = b"0123456789,"


def read_tokens(texts: Sequence[str]) -> Tokens:
    """Returns the tokens of each architecture; raises `SpaceError` that quotes one that is none.

    What `Architecture.to_json` wrote is read as one long row of numbers, six times as fast as one by one.
    """
    if not texts:
        return np.zeros((0, 0), np.int16)
    found = _read_together(texts)
    return _read_singly(texts) if found is None else found


def merge_tokens(old: Tokens, new: Tokens) -> Tokens:
    """Returns the rows of both, one below the other."""
    width = max(old.shape[1], new.shape[1])
    return np.concatenate([_widened(old, width), _widened(new, width)])


def _read_together(texts: Sequence[str]) -> Tokens | None:
    """Returns None where the architectures do not all have as many decisions, or are written in another way."""
    begin = texts[0].find(_BEGIN) + len(_BEGIN)
    head, commas = texts[0][:begin], texts[0].count(",")
    if begin < len(_BEGIN) or not all(
        text.startswith(head) and text.endswith(_END) and text.count(",") == commas for text in texts
    ):
        return None
    numbers = ", ".join([text[begin : -len(_END)] for text in texts]).replace(", ", ",")
    if not _is_plain(numbers):
        return None
    flat = np.fromstring(numbers, dtype=np.int64, sep=",")
    width = commas - head.count(",") + 1
    if flat.size != width * len(texts) or flat.max() > np.iinfo(np.int16).max:
        return None
    return flat.reshape(len(texts), width).astype(np.int16)


def _is_plain(numbers: str) -> bool:
    """Whether these are whole numbers from 0 with one comma between any two."""
    is_clean = numbers.isascii() and not numbers.encode().translate(None, _ALLOWED)
    return is_clean and ",," not in numbers and numbers.strip(",") == numbers != ""


def _read_singly(texts: Sequence[str]) -> Tokens:
    rows = [Architecture.from_json(text).tokens for text in texts]
    tokens = np.full((len(rows), max(map(len, rows))), MISSING, np.int16)
    for row, found in zip(tokens, rows, strict=True):
        row[: len(found)] = found
    return tokens


def _widened(tokens: Tokens, width: int) -> Tokens:
    return np.pad(tokens, ((0, 0), (0, width - tokens.shape[1])), constant_values=MISSING)
