"""Where an architecture comes from: its possible parents in an evolution, and the other trainings of its network.

A parent is not kept with a trial. In an evolution a child differs from its parent in exactly one decision
(`nas.strategies.mutation`), and its parent was alive when it was asked for: so the parent is among those of the newest
results before it, as many as the population has, that differ so. Where that is one network, it is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nas.errors import SpaceError
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord, TrialSummary
from nas.strategies.evolution import DEFAULT_SETTINGS, PRESETS
from nas.trial import Origin, Trial, TrialState
from search_spaces.architecture import Architecture

EVOLUTION = "evolution"
REACH = 3
"""So many populations back is looked for members of the last: some trials fail, and some take long."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A trial whose network differs in one decision."""

    number: int
    reward: float | None
    position: int
    """Which decision it is."""
    token: int
    """What the relative chose there."""


def population_of(record: SearchRecord) -> int | None:
    """Returns how many results are alive in the search's evolution; None where it is another strategy."""
    strategy = record.config.get("strategy")
    if not isinstance(strategy, Mapping):
        return None
    name, _, preset = str(strategy.get("name", "")).partition(":")
    if name != EVOLUTION:
        return None
    settings = strategy.get("settings")
    given = settings.get("population") if isinstance(settings, Mapping) else None
    return int(given) if isinstance(given, int) else PRESETS.get(preset, DEFAULT_SETTINGS).population


def find_parents(storage: Storage, record: SearchRecord, trial: Trial) -> list[Relative] | None:
    """Returns who may be the parent, best first; None where the trial was not bred."""
    population = population_of(record)
    if population is None or trial.origin is not Origin.STRATEGY or trial.number < population:
        return None
    first = max(-1, trial.number - REACH * population - 1)
    before = storage.summaries(record.search_id, after=first, limit=REACH * population)
    alive = sorted(
        (one for one in before if _was_told(one, trial.asked_event)),
        key=lambda one: (one.told_event, one.number),
    )[-population:]
    return relatives(trial.architecture, alive)


def _was_told(summary: TrialSummary, event: int) -> bool:
    told = summary.told_event
    return summary.state == TrialState.COMPLETED and told is not None and told < event


def relatives(architecture: Architecture, others: Sequence[TrialSummary]) -> list[Relative]:
    """Returns those of `others` that differ in exactly one decision, by reward."""
    found = []
    for other in others:
        tokens = _tokens(other.architecture)
        differing = [
            place
            for place, (one, another) in enumerate(zip(architecture.tokens, tokens, strict=False))
            if one != another
        ]
        if len(tokens) == len(architecture.tokens) and len(differing) == 1:
            place = differing[0]
            found.append(Relative(other.number, other.reward, place, tokens[place]))
    return sorted(found, key=lambda one: (one.reward is None, -(one.reward or 0.0), one.number))


def _tokens(text: str) -> tuple[int, ...]:
    try:
        return Architecture.from_json(text).tokens
    except SpaceError:
        return ()
