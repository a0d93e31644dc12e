"""What the tokens of a search's architectures stand for, as far as it can be known here."""

from dataclasses import dataclass

from nas.config import SearchConfig, restore_config
from nas.errors import ConfigError, SpaceError
from nas.report.spaces import chooses_operations
from nas.storage.records import SearchRecord
from search_spaces.fingerprint import space_fingerprint, what_differs
from search_spaces.space import Decision, Space

DECISIONS_DIFFER = "decisions or their options"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One decision: its name, and what its tokens stand for; `options` may be short of tokens that are not known."""

    name: str
    options: tuple[str, ...]
    is_operation: bool
    """Whether all options are operations."""

    def option(self, token: int) -> str:
        """Returns what a token stands for; the token itself where that is not known."""
        return self.options[token] if token < len(self.options) else str(token)


def config_of(record: SearchRecord) -> SearchConfig | None:
    """Returns the configuration of a search; None where this version cannot read it."""
    try:
        return restore_config(record.config)
    except ConfigError:
        return None


def space_of(record: SearchRecord) -> Space | None:
    """Returns the space of a search; None where it, or a plugin, is not here or not what it was."""
    config = config_of(record)
    if config is None or config.space.name != record.space:
        return None
    try:
        space = config.space.load()
        here = space_fingerprint(space, config.space.plugins)
    except SpaceError:
        return None
    known = record.space_fingerprint  # empty for a search of an old schema, which is taken at its word
    return None if known and DECISIONS_DIFFER in what_differs(known, here) else space


def meanings(space: Space | None, most_tokens: tuple[int, ...]) -> tuple[Meaning, ...]:
    """Returns what the tokens stand for, where `most_tokens` has the highest token that was seen of each decision.

    Decisions that the space does not have, of a search whose space is not known, are called by their place.
    """
    known = [_meaning(decision) for decision in space.decisions] if space else []
    missing = range(len(known), len(most_tokens))
    return (*known, *(_unknown(place, most_tokens[place]) for place in missing))


def _meaning(decision: Decision) -> Meaning:
    return Meaning(decision.name, decision.options, chooses_operations(decision))


def _unknown(place: int, most: int) -> Meaning:
    return Meaning(f"decision {place}", tuple(map(str, range(most + 1))), is_operation=False)
