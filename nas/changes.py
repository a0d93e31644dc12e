"""What may be said anew when a stopped search is gone on with, and what would make it another search."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nas.config import SearchConfig, consistent, given_values, merged, restore_config
from nas.errors import ConfigError
from nas.storage.records import SearchRecord

CHANGEABLE = ("database", "storage", "budget", "workers")
"""Sections and keys that do not decide what is found, but how long, by whom, and where it is kept."""
PLACES = ("data.dataset", "data.test", "space.plugins")
"""Where files lie. What is in them must not differ: the fingerprints of pictures and space are compared with it."""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """What whoever goes on with a search has said, nested like the configuration, without defaults."""

    options: Values = field(default_factory=dict)
    written: Values = field(default_factory=dict)
    """In a file or in variables, which were perhaps there when the search began: its first budget is no new one."""


def read_given(path: Path | None, options: Values) -> Given:
    """Returns what a command was given in options, in a file and in variables."""
    return Given(options, given_values(path, {}))


def resumed_config(record: SearchRecord, given: Given, database: str) -> SearchConfig:
    """Returns the configuration of a search as it is now to be driven, with its budget as it was last set.

    Raises `ConfigError` that names everything that differs from the search and must not, or is at odds with it.
    """
    said = merged(given.written, given.options)
    fixed = {key: value for key, value in said.items() if key not in CHANGEABLE}
    before = restore_config(record.config, database)
    wanted = restore_config(merged(record.config, fixed), database)
    differences = [
        f"{path}: {old!r} in the search, {new!r} now"
        for path, old, new in _differences(before.stored(), wanted.stored())
        if path not in PLACES
    ]
    if differences:
        raise ConfigError(
            f"search {record.name!r}: expected what it was begun with, got {'; '.join(differences)}; "
            "leave that out, or start a new search with another --name"
        )
    new = {"budget": _budget(record, before, given), "workers": said.get("workers", {})}
    return consistent(restore_config(merged(wanted.stored(), new), database))


def _budget(record: SearchRecord, before: SearchConfig, given: Given) -> dict[str, Any]:
    first = before.budget.model_dump()
    written = given.written.get("budget", {})
    return {
        "trials": record.trial_budget,
        "time": record.time_budget_seconds,
        **{key: value for key, value in written.items() if value != first.get(key)},
        **given.options.get("budget", {}),
    }


def _differences(before: Values, now: Values, place: str = "") -> Iterator[tuple[str, object, object]]:
    """Yields ("recipe.epochs", 8, 12) for all that is not equal."""
    for key in sorted({*before, *now}):
        path, old, new = f"{place}{key}", before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{path}.")
        elif old != new:
            yield path, old, new
