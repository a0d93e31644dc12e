"""The reference space: its one decision is which hand-designed network it shall be."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Self

from search_spaces.architecture import Architecture
from search_spaces.complexity import Cost, cost
from search_spaces.errors import SpaceError
from search_spaces.graph import Graph, Shape
from search_spaces.outline import Outline
from search_spaces.reference import NETWORKS, ReferenceNetwork, find_network
from search_spaces.space import Decision, Space, digest

ALL = "all"
"""Stands for every network in the setting `networks`."""


@dataclass(frozen=True)
class ReferenceSpace(Space):
    """One architecture for each of `networks`."""

    name: ClassVar[str] = "reference"

    networks: str = ALL
    """Which there are to choose from: names with commas between them, "all" for all that the pictures are large
    enough for, those of the fewest multiply-adds first."""

    def __post_init__(self) -> None:
        super().__post_init__()
        names = self._names
        for name in names:
            find_network(name)
        if len(set(names)) < len(names):
            raise SpaceError(
                f"space {self.name!r}, setting 'networks': expected names, each once, got {self.networks!r}"
            )

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The name of the network."""
        return (Decision("network", self._names),)

    def fitted(self, image: Shape, classes: int) -> Self:
        """Returns the space of those networks that such pictures are large enough for.

        Raises `SpaceError` for a network that does not fit where it was asked for by its name.
        """
        if self.networks != ALL:
            for name in self._names:
                find_network(name).network(image, classes)
            return self
        fitting = [name for name in self._names if find_network(name).fits(image)]
        fitting.sort(key=lambda name: _price(name, image, classes).multiply_adds)
        return replace(self, networks=",".join(fitting))

    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:
        """Returns the network of that name."""
        return self._chosen(architecture).network(image, classes)

    def price(self, architecture: Architecture, image: Shape, classes: int) -> Cost:
        """Returns what the network costs, worked out once for each size of pictures."""
        return _price(self._chosen(architecture).name, image, classes)

    def canonical_key(self, architecture: Architecture) -> str:
        """Returns 32 hexadecimal digits that are the same whichever other networks there are to choose from."""
        return digest(self.name, self._chosen(architecture).name)

    def outline(self, architecture: Architecture) -> Outline:
        """Returns the parts of the network as it was published."""
        chosen = self._chosen(architecture)
        return self.outline_on(architecture, chosen.image, chosen.classes)

    def outline_on(self, architecture: Architecture, image: Shape, classes: int) -> Outline:
        """Returns the parts of the network, with their shapes and costs for such pictures."""
        return self._chosen(architecture).outline(self.text(architecture), image, classes)

    @property
    def _names(self) -> tuple[str, ...]:
        return (
            tuple(NETWORKS)
            if self.networks == ALL
            else tuple(name.strip() for name in self.networks.split(","))
        )

    def _chosen(self, architecture: Architecture) -> ReferenceNetwork:
        return find_network(self.describe(architecture)["network"])


@lru_cache(maxsize=1024)
def _price(name: str, image: Shape, classes: int) -> Cost:
    return cost(find_network(name).network(image, classes))
