"""What a trial was made from, and what was made from it: its parent in an evolution or a climb, and its children."""

from collections.abc import Sequence
from dataclasses import dataclass

from nas.errors import UnknownSearchError
from nas.storage.contract import Storage
from nas.storage.records import SearchRecord
from nas.trial import Trial
from nas.web.pages.spaces import Choice, choices
from search_spaces.space import Space

MOST_CHILDREN = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One decision in which a trial differs from its parent."""

    decision: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Parent:
    """The trial whose architecture was changed into another's."""

    number: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a trial was made from, None where that is nothing or not known; and what was made from it."""

    parent: Parent | None
    children: tuple[int, ...]
    has_more_children: bool
    """Whether there are more of them than are told."""


def read_lineage(storage: Storage, record: SearchRecord, space: Space | None, trial: Trial) -> Lineage:
    """Returns what is on record."""
    children = storage.children(record.search_id, trial.number, limit=MOST_CHILDREN + 1)
    return Lineage(
        _parent(storage, record, space, trial), tuple(children[:MOST_CHILDREN]), len(children) > MOST_CHILDREN
    )


def _parent(storage: Storage, record: SearchRecord, space: Space | None, trial: Trial) -> Parent | None:
    if trial.parent is None:
        return None
    try:
        parent = storage.trial(record.search_id, trial.parent)
    except UnknownSearchError:
        return None
    before, after = (choices(space, one.architecture) for one in (parent, trial))
    return Parent(parent.number, tuple(differences(before, after)))


def differences(before: Sequence[Choice], after: Sequence[Choice]) -> list[Change]:
    """Returns the decisions in which two architectures of one space differ."""
    pairs = zip(before, after, strict=False)
    return [
        Change(one.decision, one.option, other.option) for one, other in pairs if one.token != other.token
    ]
