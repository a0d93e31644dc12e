"""Which strategy stands for which name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nas.strategies.base import Strategy
from nas.strategies.grid import Grid
from nas.strategies.random import RandomSearch
from nas.strategies.reinforce import Reinforce, ReinforceSettings
from nas.strategies.settings import NoSettings, read_settings
from search_spaces.errors import unknown_name
from search_spaces.space import Space


@dataclass(frozen=True)
class _Entry:
    """How a strategy is built from a space, a seed and its settings."""

    settings: type
    build: Callable[[Space, int, Any], Strategy]


_ENTRIES = {
    Reinforce.name: _Entry(ReinforceSettings, Reinforce),
    RandomSearch.name: _Entry(NoSettings, lambda space, seed, _settings: RandomSearch(space, seed)),
    Grid.name: _Entry(NoSettings, lambda space, _seed, _settings: Grid(space)),
}


def strategy_names() -> list[str]:
    """Returns the names that `build_strategy` knows, the default first."""
    return list(_ENTRIES)


def build_strategy(name: str, space: Space, seed: int, /, **settings: object) -> Strategy:
    """Returns a fresh strategy; raises `UnknownNameError` or, for settings it does not take, `ConfigError`."""
    if name not in _ENTRIES:
        raise unknown_name("strategy", name, _ENTRIES)
    entry = _ENTRIES[name]
    return entry.build(space, seed, read_settings(entry.settings, settings, f"strategy {name!r}"))
