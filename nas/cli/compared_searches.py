"""The configurations of the searches that a comparison runs, and what they must leave to it."""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import click

from nas.bench.contestants import Contestant
from nas.cli.nested import put
from nas.config import SearchConfig, load_config
from nas.storage.address import redacted
from nas.storage.contract import Storage

FIXED = {
    ("name",): "each search is called after its strategy and seed",
    ("seed",): "--seeds and --first-seed say which",
    ("strategy", "name"): "--strategies says which",
    ("budget", "trials"): "--trials says how many",
}
"""What a comparison decides for each of its searches, and how."""


def search_config(
    options: Mapping[str, Any], contestant: Contestant, seed: int, trials: int, index: int
) -> SearchConfig:
    """Returns the configuration of one search: what the options say, with what a comparison decides."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", contestant.text).strip("-")[:40]
    nested = deepcopy(dict(options))
    put(nested, ["name"], f"bench-{index}-{slug}-seed{seed}")
    put(nested, ["seed"], seed)
    put(nested, ["strategy", "name"], contestant.name)
    put(nested, ["budget", "trials"], trials)
    for key, value in contestant.settings.items():
        put(nested, ["strategy", "settings", key], value)
    return load_config(options=nested)


def check_free(options: Mapping[str, Any]) -> None:
    """Raises where the options decide what a comparison does."""
    for path, reason in FIXED.items():
        value: Any = options
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            raise click.UsageError(
                f"--set {'.'.join(path)}: expected to be left out of a comparison, got {value!r}; {reason}"
            )


def check_names(storage: Storage, configs: Sequence[Sequence[SearchConfig]]) -> None:
    """Raises where a search is there already, rather than hours later when it is its turn."""
    known = {record.name for record in storage.searches()}
    wanted = [config for row in configs for config in row]
    taken = [config.name for config in wanted if config.name in known]
    if taken:
        raise click.UsageError(
            f"--db: expected a database without the searches of this comparison, got {len(taken)} of {len(wanted)} in "
            f"{redacted(wanted[0].database)}, such as {taken[0]!r}; name another database, or leave --db out"
        )
