"""A space of decisions alone: its architectures are looked up or computed, and none can be built."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from search_spaces.architecture import Architecture
from search_spaces.errors import SpaceError
from search_spaces.graph import Graph, Shape
from search_spaces.space import Decision, Space


@dataclass(frozen=True)
class Choices(Space):
    """Decisions with their options, (name, options) for each."""

    name: ClassVar[str] = "choices"

    declared: tuple[tuple[str, tuple[str, ...]], ...]

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """What was declared."""
        return tuple(Decision(name, options) for name, options in self.declared)

    @property
    def settings(self) -> Mapping[str, int | float | str | bool]:
        """None that could be set."""
        return {}

    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:  # noqa: ARG002
        """Raises `SpaceError`: there is none."""
        raise SpaceError(
            f"space {self.name!r}: expected a space with networks, got decisions that stand for none; "
            "only a benchmark can judge its architectures"
        )
