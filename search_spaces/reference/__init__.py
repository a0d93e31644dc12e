"""Networks designed by hand, from the same layers as those that are searched for: what a search has to beat.

Each file registers its networks, with `@reference` or `@references`, when it is imported here.
"""

from search_spaces.reference import (
    classic,
    densenet,
    fractalnet,
    googlenet,
    highway,
    inception_resnet,
    inception_v3,
    inception_v4,
    mobile,
    nasnet,
    network_in_network,
    residual,
    residual_cifar,
    resnet,
)
from search_spaces.reference.catalogue import NETWORKS, ReferenceNetwork, find_network

__all__ = [
    "NETWORKS",
    "ReferenceNetwork",
    "classic",
    "densenet",
    "find_network",
    "fractalnet",
    "googlenet",
    "highway",
    "inception_resnet",
    "inception_v3",
    "inception_v4",
    "mobile",
    "nasnet",
    "network_in_network",
    "residual",
    "residual_cifar",
    "resnet",
]
