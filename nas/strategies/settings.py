"""The settings of a strategy: a frozen dataclass whose annotations say what is accepted, checked all at once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from nas.errors import ConfigError
from search_spaces.errors import suggest

Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Of a strategy that has nothing to set."""


def read_settings(kind: type[Settings], values: Mapping[str, object], where: str) -> Settings:
    """Returns the settings with these values; raises `ConfigError` that names everything wrong with them.

    Text is read as the number it spells, since environment variables have no numbers. `where` begins the message.
    """
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    problems = [_unknown(name, known) for name in values if name not in known]
    try:
        settings = TypeAdapter(kind).validate_python({name: values[name] for name in values if name in known})
    except ValidationError as error:
        problems += [
            f"{e['loc'][0]}: {e['msg'][0].lower()}{e['msg'][1:]}, got {e['input']!r}" for e in error.errors()
        ]
    if problems:
        raise ConfigError(f"{where}: {'; '.join(problems)}")
    return settings


def _unknown(name: str, known: list[str]) -> str:
    return f"{name}: not a known setting; {suggest(name, known) if known else 'there is none'}"
