"""How often each option was chosen over time: what a strategy has come to prefer."""

from collections.abc import Sequence

import numpy as np

from nas.trial import Origin
from nas.web.view.answers import Decisions, DecisionShares
from nas.web.view.columns import Columns, Floats, Integers
from nas.web.view.space import Meaning
from nas.web.view.tokens import MISSING

DIGITS = 5
"""Of a share: what is beyond cannot be seen, and is half of what is sent."""


def decision_shares(columns: Columns, decisions: Sequence[Meaning], windows: int) -> Decisions:
    """Returns the shares in at most so many windows of about equally many trials, in the order of asking."""
    rows = np.flatnonzero(columns.has("origin", [Origin.STRATEGY]))
    count = min(windows, len(rows))
    parts = np.array_split(rows, count) if count else []
    window = np.repeat(np.arange(count), [len(part) for part in parts])
    by_place = np.ascontiguousarray(columns.tokens.T)
    networks = columns.networks[rows]
    numbers = columns.numbers
    return Decisions(
        windows=tuple((int(numbers[part[0]]), int(numbers[part[-1]])) for part in parts),
        trials=tuple(len(part) for part in parts),
        decisions=tuple(
            _shares_of(decisions[place], tokens[networks].astype(np.int64), window, count)
            for place, tokens in enumerate(by_place)
        ),
        count=len(rows),
    )


def _shares_of(decision: Meaning, tokens: Integers, window: Integers, windows: int) -> DecisionShares:
    is_there = tokens != MISSING
    options = max(len(decision.options), int(tokens.max(initial=0)) + 1)
    cells = window[is_there] * options + tokens[is_there]
    counts = np.bincount(cells, minlength=windows * options).reshape(windows, options)
    shares: Floats = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = tuple(decision.option(token) for token in range(options))
    return DecisionShares(decision.name, names, tuple(map(tuple, shares.round(DIGITS).tolist())))
