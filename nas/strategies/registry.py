"""Which strategy stands for which name: "evolution", "evolution:small" with a preset, "optuna:tpe" with a sampler.

What is listed here is known without importing torch or Optuna; a strategy's own module is imported when it is built.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nas.strategies.base import Strategy
from nas.strategies.settings import NoSettings, read_settings
from search_spaces.errors import unknown_name
from search_spaces.space import Space

DEFAULT_STRATEGY = "controller"
OPTUNA = "optuna"


@dataclass(frozen=True)
class _Loaded:
    """How a strategy is built from a space, a seed and its settings, of which presets have names."""

    build: Callable[[Space, int, Any], Strategy]
    settings: type = NoSettings
    presets: Mapping[str, Any] = field(default_factory=dict)


def _controller() -> _Loaded:
    from nas.strategies.controller.settings import ControllerSettings
    from nas.strategies.controller.strategy import Controller

    return _Loaded(Controller, ControllerSettings)


def _random() -> _Loaded:
    from nas.strategies.random import RandomSearch

    return _Loaded(lambda space, seed, _settings: RandomSearch(space, seed))


def _grid() -> _Loaded:
    from nas.strategies.grid import Grid

    return _Loaded(lambda space, _seed, _settings: Grid(space))


def _local() -> _Loaded:
    from nas.strategies.local import LocalSearch

    return _Loaded(lambda space, seed, _settings: LocalSearch(space, seed))


def _evolution() -> _Loaded:
    from nas.strategies.evolution import PRESETS, EvolutionSettings, build_evolution

    return _Loaded(build_evolution, EvolutionSettings, PRESETS)


def _policy_gradient(family: str) -> Callable[[], _Loaded]:
    def load() -> _Loaded:
        from nas.strategies.policy_gradient.presets import PRESETS
        from nas.strategies.policy_gradient.settings import PolicyGradientSettings
        from nas.strategies.policy_gradient.strategy import PolicyGradient

        return _Loaded(PolicyGradient, PolicyGradientSettings, PRESETS[family])

    return load


def _optuna(sampler: str) -> _Loaded:
    from nas.strategies.optuna.samplers import find_kind
    from nas.strategies.optuna.strategy import OptunaSearch

    kind = find_kind(sampler)
    return _Loaded(lambda space, seed, settings: OptunaSearch(space, seed, kind, settings), kind.settings)


@dataclass(frozen=True)
class _Entry:
    """A strategy's presets by name, the first of them what the name alone stands for, and how it is loaded."""

    load: Callable[[], _Loaded]
    presets: tuple[str, ...] = ()


_ENTRIES: Mapping[str, _Entry] = {
    DEFAULT_STRATEGY: _Entry(_controller),
    "random": _Entry(_random),
    "grid": _Entry(_grid),
    "local": _Entry(_local),
    "evolution": _Entry(_evolution, ("published", "small", "medium")),
    "reinforce": _Entry(_policy_gradient("reinforce"), ("published", "flat", "improved")),
    "ppo": _Entry(_policy_gradient("ppo"), ("published", "improved")),
    "enas": _Entry(_policy_gradient("enas"), ("published", "macro")),
    "pqt": _Entry(_policy_gradient("pqt"), ("published", "improved")),
}
SAMPLERS = ("tpe", "nsgaii", "gp", "nsgaiii", "random", "qmc", "bruteforce", "grid")
"""Of Optuna, those that can choose among options; the first three are the ones worth comparing with."""
SLOW = ("optuna:gp",)
"""Takes more than a tenth of a second a trial, and more the longer the search is."""


def strategy_names() -> list[str]:
    """Returns one name for each family of strategies, the default first; the presets and other samplers left out."""
    return [*_ENTRIES, *(f"{OPTUNA}:{sampler}" for sampler in SAMPLERS[:3])]


def all_strategy_names() -> list[str]:
    """Returns every name that `build_strategy` knows, presets and samplers included, the default first."""
    plain = [
        text
        for name, entry in _ENTRIES.items()
        for text in (name, *(f"{name}:{one}" for one in entry.presets))
    ]
    return [*plain, *(f"{OPTUNA}:{sampler}" for sampler in SAMPLERS)]


def build_strategy(name: str, space: Space, seed: int, /, **settings: object) -> Strategy:
    """Returns a fresh strategy; raises `UnknownNameError` or, for settings it does not take, `ConfigError`.

    `name` is a strategy, "strategy:preset" or "optuna:sampler"; `settings` win over those of the preset.
    """
    base, colon, variant = name.partition(":")
    if base == OPTUNA:
        loaded, preset = _optuna(variant), None
    else:
        entry = _find(name, base, variant if colon else None)
        loaded = entry.load()
        chosen = variant or next(iter(entry.presets), "")
        preset = loaded.presets.get(chosen)
    values = {**(asdict(preset) if preset is not None else {}), **settings}
    return loaded.build(space, seed, read_settings(loaded.settings, values, f"strategy {name!r}"))


def _find(name: str, base: str, preset: str | None) -> _Entry:
    if base not in _ENTRIES:
        raise unknown_name("strategy", name, all_strategy_names())
    entry = _ENTRIES[base]
    if preset is not None and preset not in entry.presets:
        if not entry.presets:
            raise unknown_name("strategy", name, [base])
        raise unknown_name(f"strategy {base!r}: preset", preset, entry.presets)
    return entry
