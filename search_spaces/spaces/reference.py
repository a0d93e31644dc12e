"""The reference space: its one decision is which hand-designed network it shall be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from search_spaces.architecture import Architecture
from search_spaces.errors import SpaceError, unknown_name
from search_spaces.graph import Graph, Shape
from search_spaces.outline import Outline
from search_spaces.reference.resnet import ResNet
from search_spaces.space import Decision, Space

DEPTHS = (8, 14, 20)
WIDTHS = (4, 8, 16, 32)

NETWORKS: Mapping[str, ResNet] = {
    network.name: network for network in (ResNet(depth, width) for depth in DEPTHS for width in WIDTHS)
}


@dataclass(frozen=True)
class ReferenceSpace(Space):
    """One architecture for each of `networks`."""

    name: ClassVar[str] = "reference"

    networks: str = ",".join(NETWORKS)
    """Which there are to choose from: names with commas between them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        names = self.networks.split(",")
        for name in names:
            if name not in NETWORKS:
                raise unknown_name("network", name, NETWORKS)
        if len(set(names)) < len(names):
            raise SpaceError(
                f"space {self.name!r}, setting 'networks': expected names, each once, got {self.networks!r}"
            )

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The name of the network."""
        return (Decision("network", tuple(self.networks.split(","))),)

    def network(self, architecture: Architecture, image: Shape, classes: int) -> Graph:
        """Returns the network of that name."""
        return self._chosen(architecture).network(image, classes)

    def outline(self, architecture: Architecture) -> Outline:
        """Returns the block it is made of, and how many."""
        chosen = self._chosen(architecture)
        return chosen.outline(f"{architecture} ({chosen.name})")

    def _chosen(self, architecture: Architecture) -> ResNet:
        return NETWORKS[self.describe(architecture)["network"]]
