"""What can be seen of one search, all of it of one moment."""

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol, TypeVar, cast

from nas.companions import RANDOM, companion_name
from nas.errors import ConfigError
from nas.objectives import Objective, parse_objectives
from nas.storage.records import SearchRecord
from nas.trial import PolicyUpdate
from nas.web.view.answers import (
    BestSoFar,
    Decisions,
    Effects,
    Forecast,
    History,
    PolicySeries,
    Scatter,
    TablePage,
)
from nas.web.view.decisions import decision_shares
from nas.web.view.effects import effects
from nas.web.view.forecast import forecast
from nas.web.view.history import best_line, history
from nas.web.view.policy import policy_series
from nas.web.view.query import TableQuery, check_count
from nas.web.view.scatter import scatter
from nas.web.view.space import Meaning, config_of
from nas.web.view.state import State
from nas.web.view.table import table_page
from search_spaces.space import Space

MAX_POINTS = 20_000
MAX_WINDOWS = 200
REMEMBERED = 32
"""Answers of one moment that are kept for the next who asks."""

Answer = TypeVar("Answer")


class Surroundings(Protocol):
    """Where a view finds what is not of its own trials."""

    def find(self, name: str) -> "SearchView | None":
        """Returns the view of another search."""

    def updates(self, search_id: int, points: int) -> list[PolicyUpdate]:
        """Returns a sample of the updates of a policy."""


class SearchView:
    """A search at one moment: its record and its trials. Never changes, and may be used by any number of threads."""

    def __init__(self, record: SearchRecord, state: State, surroundings: "Surroundings") -> None:
        self.record = record
        self._state = state
        self._surroundings = surroundings

    @property
    def log(self) -> int:
        """Id of the newest entry of the log that is in here: whoever follows the search goes on behind it."""
        return self._state.mark.log

    @property
    def space(self) -> Space | None:
        """The space; None where it, or a plugin of it, is not known here."""
        return self._state.space

    @property
    def decisions_known(self) -> tuple[Meaning, ...]:
        """What the tokens of an architecture stand for, a decision each."""
        return self._state.decisions

    def table(self, query: TableQuery) -> TablePage:
        """Returns a page of the table; raises `QueryError` for what cannot be asked."""
        return table_page(self._state.columns, self._state.decisions, query)

    def history(self, points: int = 1000) -> History:
        """Returns the rewards in the order in which trials ended."""
        check_count("points", points, MAX_POINTS)
        random = self._random(points)
        return self._remembered(
            ("history", points, random), lambda: history(self._state.columns, points, random)
        )

    def scatter(self, x: str, y: str, points: int = 5000) -> Scatter:
        """Returns one measure of `query.MEASURES` against another."""
        check_count("points", points, MAX_POINTS)
        return self._remembered(
            ("scatter", x, y, points), lambda: scatter(self._state.columns, x, y, points, self._objectives)
        )

    def decisions(self, windows: int = 40) -> Decisions:
        """Returns how often each option was chosen, over time."""
        check_count("windows", windows, MAX_WINDOWS)
        return self._remembered(
            ("decisions", windows),
            lambda: decision_shares(self._state.columns, self._state.decisions, windows),
        )

    def effects(self) -> Effects:
        """Returns the effect of each operation and option on the reward."""
        return self._remembered("effects", lambda: effects(self._state.columns, self._state.decisions))

    def policy(self, points: int = 1000) -> PolicySeries:
        """Returns the updates of the policy; an empty series for a strategy without one."""
        check_count("points", points, MAX_POINTS)

        def read() -> PolicySeries:
            sample = self._surroundings.updates(self.record.search_id, points)
            return policy_series(sample, self._state.columns)

        return self._remembered(("policy", points), read)

    def forecast(self, now: float | None = None) -> Forecast:
        """Returns cost so far and forecast of the end, at the moment `now` in UTC epoch seconds."""
        config = config_of(self.record)
        gpus = config.workers.gpus_per_worker if config else 0.0
        return forecast(self.record, self._state.columns, gpus, time.time() if now is None else now)

    def best_line(self, points: int) -> BestSoFar:
        """Returns the best so far alone, to be laid beside another search's."""
        return self._remembered(
            ("best", points), lambda: best_line(self._state.columns, self.record.name, points)
        )

    def _random(self, points: int) -> BestSoFar | None:
        """Returns the line of the search's random companion on the same pictures, if it has one with a result."""
        name = companion_name(self.record.name, RANDOM)
        found = self._surroundings.find(name) if name != self.record.name else None
        if found is None or found.record.dataset_fingerprint != self.record.dataset_fingerprint:
            return None
        line = found.best_line(points)
        return line if any(value is not None for value in line.best) else None

    @property
    def _objectives(self) -> Sequence[Objective]:
        config = config_of(self.record)
        try:
            return parse_objectives(config.reward.objectives) if config else ()
        except ConfigError:
            return ()

    def _remembered(self, key: Hashable, compute: Callable[[], Answer]) -> Answer:
        kept = self._state.remembered
        found = kept.get(key)
        if found is None:
            found = compute()
            if len(kept) >= REMEMBERED:
                kept.clear()
            kept[key] = found
        return cast(Answer, found)
