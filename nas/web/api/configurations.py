"""The configuration of a search that is handed in: judged by the models that read the file, and by who hands it in.

Whoever may use the API may have searches run, and nothing else: no path, no address and no code of theirs gets in. Data
sets go by the names that the server was given, spaces and strategies are the built-in ones.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from nas.config import SearchConfig, consistent
from nas.config_problems import listed, truths_for_numbers
from nas.errors import ConfigError, NasError
from nas.strategies.controller.settings import ControllerSettings
from nas.strategies.policy_gradient.settings import PolicyGradientSettings
from nas.strategies.registry import all_strategy_names, build_strategy
from nas.strategies.settings import read_settings
from nas.web.problems import MOST_FAULTS, Problem
from search_spaces.errors import suggest
from search_spaces.registry import SPACES
from search_spaces.space import Space

AT = "body.configuration"
LONGEST_MESSAGE = 500
SERVERS_OWN: Mapping[tuple[str, ...], str] = {
    ("database",): "the server's database is used",
    ("data", "test"): "the test part lies beside the training part, where the server has it",
    ("space", "plugins"): "spaces and operations are the built-in ones",
    ("workers", "ray_address"): "the server decides on which cluster searches run",
}
"""What only the server says, and why."""
MOST_WORKERS = 256
"""Of one search without a cluster: each is a process of one machine."""
OF_TORCH: Mapping[str, type] = {
    "controller": ControllerSettings,
    **dict.fromkeys(("reinforce", "ppo", "enas", "pqt"), PolicyGradientSettings),
}
"""Strategies that are not built here, as that would load torch: their settings are checked alone."""

Found = Iterator[tuple[str, str]]
"""Paths below `AT`, and what was expected there."""


def checked(
    values: Mapping[str, Any], datasets: Mapping[str, str], *, on_cluster: bool = False
) -> SearchConfig:
    """Returns the configuration; raises a `Problem` that has everything that is wrong with it, by path."""
    found = [*_servers_own(values), *_truths(values)]
    try:
        config = SearchConfig(**values)
    except ValidationError as error:
        raise _problem([*found, *listed(error, SearchConfig)]) from error
    found += [*_names(config, datasets), *_at_odds(config)]
    if crowd := crowd_words(config.workers.count, on_cluster=on_cluster):
        found.append(("workers.count", crowd))
    if not found:
        found += _settings(config)
    if found:
        raise _problem(found)
    return config


def crowd_words(workers: int, *, on_cluster: bool) -> str:
    """Returns what is wrong with so many workers; nothing where they may be."""
    if on_cluster or workers <= MOST_WORKERS:
        return ""
    return f"expected at most {MOST_WORKERS} without a Ray cluster, as each is a process of one machine"


def built_in_spaces() -> tuple[str, ...]:
    """Returns the names of the spaces that are not a plugin's."""
    inside = "search_spaces.spaces."
    return tuple(sorted(name for name, kind in SPACES.items() if kind.__module__.startswith(inside)))


def _servers_own(values: Mapping[str, Any]) -> Found:
    for path, reason in SERVERS_OWN.items():
        value: Any = values
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value not in (None, [], ()):
            yield ".".join(path), f"expected to be left out: {reason}"


def _truths(values: Mapping[str, Any]) -> Found:
    for problem in truths_for_numbers(values, SearchConfig):
        path, _, told = problem.partition(": ")
        yield path, told


def _names(config: SearchConfig, datasets: Mapping[str, str]) -> Found:
    known = {
        "data.dataset": (config.data.dataset, datasets),
        "space.name": (config.space.name, built_in_spaces()),
        "strategy.name": (config.strategy.name, all_strategy_names()),
    }
    for path, (name, names) in known.items():
        if name not in names:
            yield path, f"expected a name that this server knows; {suggest(name[:100], names)}"


def _at_odds(config: SearchConfig) -> Found:
    try:
        _ = config.reward.parsed
    except ConfigError as error:
        yield "reward.objectives", str(error)
        return
    try:
        consistent(config)
    except ConfigError as error:
        path, _, told = str(error).partition(": ")
        yield path, told


def _settings(config: SearchConfig) -> Found:
    try:
        space = config.space.load()
    except NasError as error:
        yield "space.settings", str(error)
        return
    try:
        _check_strategy(config, space)
    except NasError as error:
        yield "strategy.settings", str(error)


def _check_strategy(config: SearchConfig, space: Space) -> None:
    name, settings = config.strategy.name, config.strategy.settings
    kind = OF_TORCH.get(name.partition(":")[0])
    if kind is None:
        build_strategy(name, space, config.seed, **settings)
    else:
        read_settings(kind, settings, f"strategy {name!r}")


def _problem(found: list[tuple[str, str]]) -> Problem:
    errors = [
        {"path": f"{AT}.{path}"[:LONGEST_MESSAGE], "message": told[:LONGEST_MESSAGE]}
        for path, told in found[:MOST_FAULTS]
    ]
    detail = "; ".join(f"{one['path']}: {one['message']}" for one in errors)
    return Problem(422, "Not a search", detail[: 10 * LONGEST_MESSAGE], errors=errors)
