"""What an architecture of a search is: its choices, drawing, network and price, as far as its space is known here."""

from dataclasses import dataclass

from nas.errors import SpaceError
from nas.storage.records import SearchRecord
from search_spaces.architecture import Architecture
from search_spaces.complexity import Cost
from search_spaces.drawing.words import describe
from search_spaces.graph import Graph
from search_spaces.outline import Outline
from search_spaces.space import Space


@dataclass(frozen=True, slots=True)
class Choice:
    """What an architecture chose for one decision, and out of what."""

    decision: str
    option: str
    token: int
    options: tuple[str, ...]


def choices(space: Space | None, architecture: Architecture) -> list[Choice]:
    """Returns the decisions in their order; of a space that is not known the tokens stand for themselves."""
    if space is not None and fits(space, architecture):
        pairs = zip(space.decisions, architecture.tokens, strict=True)
        return [Choice(one.name, one.options[token], token, one.options) for one, token in pairs]
    tokens = enumerate(architecture.tokens)
    return [Choice(f"decision {place}", str(token), token, (str(token),)) for place, token in tokens]


def find_graph(record: SearchRecord, space: Space | None, architecture: Architecture) -> Graph | None:
    """Returns the whole network, None where the space or the size of the pictures is not known."""
    if space is None or record.image is None or record.classes is None or not fits(space, architecture):
        return None
    try:
        return space.network(architecture, record.image, record.classes)
    except SpaceError:
        return None


def find_price(record: SearchRecord, space: Space, architecture: Architecture) -> Cost | None:
    """Returns what the network would cost, None where it cannot be built for these pictures."""
    if record.image is None or record.classes is None or not fits(space, architecture):
        return None
    try:
        return space.price(architecture, record.image, record.classes)
    except SpaceError:
        return None


def find_outline(record: SearchRecord, space: Space | None, architecture: Architecture) -> Outline | None:
    """Returns what a drawing shows, None where there is none to be had."""
    if space is None or not fits(space, architecture):
        return None
    try:
        if record.image is None or record.classes is None:
            return space.outline(architecture)
        return space.outline_on(architecture, record.image, record.classes)
    except SpaceError:
        return None


def in_words(outline: Outline | None) -> str:
    """Returns a drawing for those who do not see it: how each of its cells is wired."""
    if outline is None:
        return ""
    return ". ".join(f"{panel.title}: {describe(panel)}" for panel in outline.panels)


def fits(space: Space, architecture: Architecture) -> bool:
    """Whether the architecture is one of the space's."""
    try:
        space.validate(architecture)
    except SpaceError:
        return False
    return True
