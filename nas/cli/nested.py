"""From options and `--set KEY=VALUE` to values nested like the configuration file."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click


def nested_options(options: Mapping[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """Returns what was given, nested like the configuration file.

    >>> nested_options({"budget__trials": 20, "seed": None}, ["recipe.flip=true"])
    {'budget': {'trials': 20}, 'recipe': {'flip': True}}
    """
    nested: dict[str, Any] = {}
    for name, value in options.items():
        if value not in (None, ()):
            put(nested, name.split("__"), value)
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not (key and equals):
            raise click.UsageError(f"--set: expected KEY=VALUE such as recipe.cutout=4, got {setting!r}")
        put(nested, key.strip().split("."), _read_value(text))
    return nested


def put(nested: dict[str, Any], path: Sequence[str], value: object) -> None:
    """Sets what is at that path; raises `UsageError` where a value is in the way of a table."""
    *tables, key = path
    for table in tables:
        nested = nested.setdefault(table, {})
        if not isinstance(nested, dict):
            raise click.UsageError(
                f"--set: expected a table in {'.'.join(path)}, but {table!r} was set to {nested!r}; leave one out"
            )
    nested[key] = value


def _read_value(text: str) -> object:
    """Returns a TOML value; what is none is taken as a string, so that words need no quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()
