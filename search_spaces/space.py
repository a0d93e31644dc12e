"""A space: an ordered tuple of categorical decisions, and how a choice of options becomes a network.

| declared in a space            | becomes                                               |
|--------------------------------|-------------------------------------------------------|
| one choice among named options | one `Decision`, one token                             |
| one input of a block           | one `Decision` whose options are the earlier nodes    |
| one cell                       | a run of decisions that share a prefix, "normal."     |
| a setting (blocks, filters)    | no token: a field of the space, equal for the search  |
"""

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise, product
from random import Random
from typing import Any, ClassVar, Self

from search_spaces.architecture import Architecture
from search_spaces.complexity import Cost, cost
from search_spaces.errors import SpaceError, unknown_name
from search_spaces.graph import Graph, Shape
from search_spaces.outline import Box, Outline, Panel
from search_spaces.settings import check_settings


@dataclass(frozen=True, slots=True)
class Decision:
    """One categorical choice, such as `Decision("normal.block2.left_input", ("previous", "current", "block0"))`."""

    name: str
    options: tuple[str, ...]
    nodes: tuple[int | None, ...] = ()
    """For each option the place, among the decisions of the space, of the one that completes the earlier node which the
    option stands for, None where it stands for none; empty where no option does. A policy can look back there."""


MAX_ENUMERATED = 2_000
"""A space of no more architectures is priced one by one to find the cheapest."""


@dataclass(frozen=True)
class Space(ABC):
    """What may be chosen, and what a choice means.

    A subclass is a frozen dataclass whose fields are the settings of the space, checked as `check_settings` says. It
    gives `name`, `decisions` and `network`; everything else follows, and may be said better. A space can be pickled:
    workers receive it.
    """

    name: ClassVar[str]

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    @abstractmethod
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions in the order of an architecture's tokens."""

    @property
    def settings(self) -> Mapping[str, int | float | str | bool]:
        """What tells two spaces of one name apart; `build_space(name, **settings)` gives an equal space."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_settings(cls, **settings: Any) -> Self:
        """Returns the space of these settings, of which those not given have their defaults."""
        return cls(**settings)

    @abstractmethod
    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:
        """Returns the whole network, from a normalised picture of shape `image` to `classes` logits."""

    @property
    def named(self) -> Mapping[str, Architecture]:
        """Architectures that have a name: those of a space of one decision; elsewhere what the space says, or none."""
        if len(self.decisions) != 1:
            return {}
        options = self.decisions[0].options
        return {option: Architecture(self.name, (token,)) for token, option in enumerate(options)}

    def text(self, architecture: Architecture) -> str:
        """Returns "SPACE:NAME" for an architecture that has a name, else what `str` gives."""
        names = {one: name for name, one in self.named.items()}
        return f"{self.name}:{names[architecture]}" if architecture in names else str(architecture)

    def read(self, text: str) -> Architecture:
        """Returns the architecture that is behind "SPACE:" in `text`: its name or its tokens, "0.1.2"."""
        if text in self.named:
            return self.named[text]
        if self.named and not text[:1].isdigit():
            raise unknown_name(f"space {self.name!r}: architecture", text, self.named)
        return self.architecture(Architecture.parse(f"{self.name}:{text}").tokens)

    def fitted(self, image: Shape, classes: int) -> Self:  # noqa: ARG002
        """Returns the space without options that cannot be built for such pictures; where it says no more, itself."""
        return self

    def price(self, architecture: Architecture, image: Shape, classes: int) -> Cost:
        """Returns what the network costs; equal to `cost` of it, and where a space says better, without building it."""
        return cost(self.network(architecture, image, classes))

    def canonical_key(self, architecture: Architecture) -> str:
        """Returns 32 hexadecimal digits that are equal for architectures that compute the same function graph.

        Where a space does not say better, no two do.
        """
        self.validate(architecture)
        return digest(self.name, sorted(self.settings.items()), architecture.tokens)

    def outline(self, architecture: Architecture) -> Outline:
        """Returns what a drawing of the architecture shows: where a space does not say better, what was chosen."""
        chosen = [f"{name}: {option}" for name, option in self.describe(architecture).items()]
        boxes = (Box("input", "picture", "input"), *(Box(text, text, "operation") for text in chosen))
        boxes = (*boxes, Box("output", "classes", "output"))
        arrows = tuple((one.key, other.key) for one, other in pairwise(boxes))
        return Outline(str(architecture), ", ".join(chosen), (Panel("Choices", boxes, arrows),))

    def outline_on(self, architecture: Architecture, image: Shape, classes: int) -> Outline:  # noqa: ARG002
        """Returns the outline for such pictures, which is another one only where it shows shapes or costs."""
        return self.outline(architecture)

    def cheapest(self, image: Shape, classes: int) -> Iterator[Architecture]:  # noqa: ARG002
        """Yields architectures among which is, for each measure of cost, one as cheap as any of the space.

        These are all, in a space of at most `MAX_ENUMERATED`. A larger space that does not say better yields none.
        """
        if self.size <= MAX_ENUMERATED:
            yield from self.enumerate()

    @property
    def size(self) -> int:
        """How many architectures there are, equivalent ones counted apart."""
        return math.prod(len(decision.options) for decision in self.decisions)

    def architecture(self, tokens: Sequence[int]) -> Architecture:
        """Returns the architecture of these tokens, or raises `SpaceError`."""
        architecture = Architecture(self.name, tuple(tokens))
        self.validate(architecture)
        return architecture

    def validate(self, architecture: Architecture) -> None:
        """Raises `SpaceError` that names the decision, the token and the range unless this is one of the space's."""
        if architecture.space != self.name:
            raise SpaceError(
                f"architecture {architecture}: expected space {self.name!r}, got {architecture.space!r}"
            )
        tokens, decisions = architecture.tokens, self.decisions
        if len(tokens) != len(decisions):
            raise SpaceError(f"space {self.name!r}: expected {len(decisions)} tokens, got {len(tokens)}")
        for position, (token, decision) in enumerate(zip(tokens, decisions, strict=True)):
            if type(token) is not int or not 0 <= token < len(decision.options):
                raise SpaceError(
                    f"space {self.name!r}, decision {decision.name!r}: token {token!r} is not one of "
                    f"0..{len(decision.options) - 1} (token position {position} of {len(decisions)})"
                )

    def describe(self, architecture: Architecture) -> dict[str, str]:
        """Returns decision name -> chosen option, in order."""
        self.validate(architecture)
        chosen = zip(self.decisions, architecture.tokens, strict=True)
        return {decision.name: decision.options[token] for decision, token in chosen}

    def random(self, rng: Random) -> Architecture:
        """Draws every decision uniformly."""
        return Architecture(
            self.name, tuple(rng.randrange(len(decision.options)) for decision in self.decisions)
        )

    def enumerate(self) -> Iterator[Architecture]:
        """Yields all `size` architectures in order of their tokens."""
        for tokens in product(*(range(len(decision.options)) for decision in self.decisions)):
            yield Architecture(self.name, tokens)

    def neighbours(self, architecture: Architecture) -> Iterator[Architecture]:
        """Yields every architecture that differs in exactly one decision."""
        self.validate(architecture)
        tokens = architecture.tokens
        for position, decision in enumerate(self.decisions):
            for token in range(len(decision.options)):
                if token != tokens[position]:
                    yield Architecture(self.name, (*tokens[:position], token, *tokens[position + 1 :]))


def digest(*parts: object) -> str:
    """Returns the first 32 hexadecimal digits of the SHA-256 of how the parts, plain values, are written."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
