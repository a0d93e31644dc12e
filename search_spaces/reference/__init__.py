"""Networks designed by hand, from the same layers as those that are searched for: what a search has to beat.

Each file registers its networks, with `@reference` or `@references`, when it is imported here.
"""

from search_spaces.reference import (
    classic,
    googlenet,
    inception_resnet,
    inception_v3,
    inception_v4,
    network_in_network,
    resnet,
)
from search_spaces.reference.catalogue import NETWORKS, ReferenceNetwork, find_network

__all__ = [
    "NETWORKS",
    "ReferenceNetwork",
    "classic",
    "find_network",
    "googlenet",
    "inception_resnet",
    "inception_v3",
    "inception_v4",
    "network_in_network",
    "resnet",
]
