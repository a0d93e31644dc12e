"""The trials of a search as arrays, a row a trial, in the order of their numbers.

| column                | holds                                                                     |
|-----------------------|---------------------------------------------------------------------------|
| `values[name]`        | a number a trial, NaN where there is none: those of `query.NUMBERS`        |
| `codes[name]`         | where the trial's text stands in `names[name]`: state, origin, failure, worker |
| `keys`                | canonical keys, as bytes                                                  |
| `networks`            | which row of `tokens` the trial's architecture is                         |
| `tokens`              | architectures x decisions, each different one once                        |

Arrays are never written to: `Intake.grown` makes new ones, so that whoever reads has one state of things throughout.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nas.storage.records import TrialSummary
from nas.trial import TrialState
from nas.web.view.query import NUMBERS
from nas.web.view.tokens import Tokens, merge_tokens, read_tokens

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)
Text = TypeVar("Text", str, str | None)

CODED = ("state", "origin", "failure", "worker")
ABSENT = ""
"""Stands in `names` for no failure and no worker."""


@dataclass(frozen=True)
class Columns:
    """See the module's docstring."""

    values: Mapping[str, Floats]
    codes: Mapping[str, Codes]
    names: Mapping[str, tuple[str, ...]]
    keys: NDArray[np.bytes_]
    networks: Codes
    tokens: Tokens

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def numbers(self) -> Integers:
        """Numbers of the trials, ascending."""
        return self.values["number"].astype(np.int64)

    @cached_property
    def is_completed(self) -> Mask:
        """Which trials are completed."""
        return self.has("state", [TrialState.COMPLETED])

    @cached_property
    def is_final(self) -> Mask:
        """Which trials can never change again, but for being told."""
        return self.has("state", [TrialState.COMPLETED, TrialState.FAILED])

    @cached_property
    def unsettled(self) -> Integers:
        """Numbers of the trials that may still change: those that are not final, or final but not told."""
        return self.numbers[~self.is_final | np.isnan(self.values["told_event"])]

    def has(self, column: str, texts: Iterable[str]) -> Mask:
        """Returns which trials have one of the texts in a column of `CODED`."""
        wanted = set(texts)
        found = np.array([name in wanted for name in self.names[column]], bool)
        return found[self.codes[column]] if len(found) else np.zeros(len(self), bool)


def no_trials() -> Columns:
    """Returns the columns of a search without trials."""
    return Columns(
        values={name: np.zeros(0) for name in NUMBERS},
        codes={name: np.zeros(0, np.int32) for name in CODED},
        names=dict.fromkeys(CODED, ()),
        keys=np.zeros(0, "S1"),
        networks=np.zeros(0, np.int32),
        tokens=np.zeros((0, 0), np.int16),
    )


class Intake:
    """Turns rows of the database into columns; remembers which texts and architectures it has seen. Not thread-safe."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[str | None, int]] = {name: {} for name in CODED}
        self._networks: dict[str, int] = {}

    def grown(self, columns: Columns, rows: Sequence[TrialSummary]) -> Columns:
        """Returns the columns with the rows, by number: what they say of trials that are there, and new trials."""
        if not rows:
            return columns
        part = self._columns_of(rows)
        known = int(np.searchsorted(part.numbers, columns.numbers[-1], "right")) if len(columns) else 0
        places = np.searchsorted(columns.numbers, part.numbers[:known])
        return Columns(
            values={name: _merged(columns.values[name], part.values[name], places) for name in NUMBERS},
            codes={name: _merged(columns.codes[name], part.codes[name], places) for name in CODED},
            names=part.names,
            keys=_merged(columns.keys, part.keys, places),
            networks=_merged(columns.networks, part.networks, places),
            tokens=merge_tokens(columns.tokens, part.tokens) if len(part.tokens) else columns.tokens,
        )

    def _columns_of(self, rows: Sequence[TrialSummary]) -> Columns:
        """Returns columns of these rows alone, but for `tokens`, which has the architectures that are new."""
        by_field = dict(zip(TrialSummary._fields, zip(*rows, strict=True), strict=True))
        new = _take_in(by_field["architecture"], self._networks)
        for name in CODED:
            _take_in(by_field[name], self._codes[name])
        return Columns(
            values={name: np.array(by_field[name], np.float64) for name in NUMBERS},
            codes={name: _coded(by_field[name], self._codes[name]) for name in CODED},
            names={name: tuple(text or ABSENT for text in self._codes[name]) for name in CODED},
            keys=np.array([key.encode() for key in by_field["canonical_key"]]),
            networks=_coded(by_field["architecture"], self._networks),
            tokens=read_tokens(new),
        )


def _take_in(texts: Iterable[Text], codes: dict[Text, int]) -> list[Text]:
    """Numbers texts on that have no number yet; returns these."""
    new = [text for text in dict.fromkeys(texts) if text not in codes]
    codes.update(zip(new, count(len(codes))))
    return new


def _coded(texts: Sequence[Text], codes: Mapping[Text, int]) -> Codes:
    return np.fromiter(map(codes.__getitem__, texts), np.int32, len(texts))


def _merged(old: NDArray[Scalar], part: NDArray[Scalar], places: Integers) -> NDArray[Scalar]:
    """Returns `old` with the first values of `part` at `places`, and the others behind."""
    merged = np.concatenate([old, part[len(places) :]]).astype(np.result_type(old, part))
    merged[places] = part[: len(places)]
    return merged
