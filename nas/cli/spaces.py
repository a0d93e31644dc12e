"""Spaces as the command line names them: by name or by the file that declares one, with `--set` and `--plugin`."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from nas.cli.nested import nested_options
from search_spaces.registry import SPACES, build_space, load_plugin
from search_spaces.space import Space


def open_space(name: str, settings: Mapping[str, Any], plugins: Iterable[str]) -> Space:
    """Returns the space of that name, or the one that the Python file of that name declares."""
    for plugin in plugins:
        load_plugin(plugin)
    return build_space(declared_space(name) if name.endswith(".py") else name, **settings)


def declared_space(file: str) -> str:
    """Returns the name of the one space that a Python file declares."""
    module = load_plugin(file)
    names = [name for name, kind in SPACES.items() if kind.__module__ == module.__name__]
    if len(names) != 1:
        found = ", ".join(sorted(names)) or "none"
        raise click.UsageError(
            f"space: expected one @space class in {file}, got {found}; or use --plugin {file} beside a space's name"
        )
    return names[0]


def space_settings(settings: Iterable[str]) -> dict[str, Any]:
    """Returns the settings of a space that `--set` gave, under the keys that `nas search` has for them.

    >>> space_settings(["space.settings.blocks=5"])
    {'blocks': 5}
    """
    nested = nested_options({}, settings)
    section = nested.pop("space", {})
    chosen: dict[str, Any] = section.pop("settings", {}) if isinstance(section, dict) else {}
    if nested or section or not isinstance(chosen, dict):
        raise click.UsageError(
            f"--set: expected settings of the space, such as space.settings.blocks=5, got {' '.join(settings)}"
        )
    return chosen
