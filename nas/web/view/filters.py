"""Which trials a `TableQuery` lets through."""

from collections.abc import Sequence

import numpy as np

from nas.errors import QueryError
from nas.web.view.columns import Columns, Mask
from nas.web.view.query import TableQuery
from nas.web.view.space import Meaning
from search_spaces.errors import suggest

SEARCHED = ("worker", "failure")
"""Columns that a word may be a part of."""
SHORTEST_KEY = 4
"""Letters of a canonical key that a word must have to be looked for among them."""


def passing(columns: Columns, decisions: Sequence[Meaning], query: TableQuery) -> Mask:
    """Returns which trials pass all that the query asks for."""
    passes = np.ones(len(columns), bool)
    if query.states:
        passes &= columns.has("state", query.states)
    if query.origins:
        passes &= columns.has("origin", query.origins)
    for column, (low, high) in query.ranges.items():
        passes &= _within(columns, column, low, high)
    if query.operation:
        passes &= uses(columns, decisions, query.operation)
    for word in query.text.casefold().split():
        passes &= _mentions(columns, word)
    return passes


def uses(columns: Columns, decisions: Sequence[Meaning], wanted: str) -> Mask:
    """Returns which trials chose an option, "sep_conv_3x3", in any decision or, "NAME=sep_conv_3x3", in that one."""
    places = _places(decisions, wanted)
    if not places and len(columns):
        known = {option for decision in decisions for option in decision.options}
        raise QueryError(
            f"operation: expected an option of the space, got {wanted[:80]!r}; {suggest(wanted[:80], known)}"
        )
    chosen = np.zeros(len(columns.tokens), bool)
    for place, token in places:
        if place < columns.tokens.shape[1]:
            chosen |= columns.tokens[:, place] == token
    return chosen[columns.networks]


def _places(decisions: Sequence[Meaning], wanted: str) -> list[tuple[int, int]]:
    """Returns at which places which token is the option that is wanted."""
    anywhere = [
        (place, decision.options.index(wanted))
        for place, decision in enumerate(decisions)
        if wanted in decision.options
    ]
    name, _, option = wanted.rpartition("=")
    return anywhere or [
        (place, decision.options.index(option))
        for place, decision in enumerate(decisions)
        if decision.name == name and option in decision.options
    ]


def _within(columns: Columns, column: str, low: float | None, high: float | None) -> Mask:
    values = columns.values[column]
    passes = ~np.isnan(values)
    if low is not None:
        passes &= values >= low
    if high is not None:
        passes &= values <= high
    return passes


def _mentions(columns: Columns, word: str) -> Mask:
    passes = np.zeros(len(columns), bool)
    for column in SEARCHED:
        passes |= columns.has(column, [name for name in columns.names[column] if word in name.casefold()])
    if word.isdecimal() and word.isascii() and len(word) < 19:
        passes |= columns.numbers == int(word)
    if len(word) >= SHORTEST_KEY:
        passes |= np.char.startswith(columns.keys, word.encode(errors="replace"))
    return passes
