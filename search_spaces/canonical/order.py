"""Where the order of channels plays a part.

A convolution over all channels or a linear layer mixes them: permuted weights make up for permuted channels. Most other
layers treat every channel alike and hand the order on. What is left reads it: a slice, a shuffle, groups, a sum with
another value.
"""

from collections.abc import Sequence

from search_spaces.graph import Node
from search_spaces.layers import (
    Activation,
    BatchNorm,
    Complement,
    Concat,
    Conv,
    Dropout,
    Flatten,
    GlobalAverage,
    Layer,
    Linear,
    Pool,
    PReLU,
    Rescale,
    Scale,
    Shift,
    Zero,
)

ALIKE = (
    Activation,
    BatchNorm,
    Complement,
    Concat,
    Dropout,
    Flatten,
    GlobalAverage,
    Pool,
    PReLU,
    Rescale,
    Scale,
    Shift,
    Zero,
)
"""Layers that treat every channel alike; the gate of a `Scale` comes of a layer that mixes."""


def ordered_channels(nodes: Sequence[Node]) -> list[bool]:
    """Returns, for each node, whether the order of its channels plays a part somewhere after it."""
    ordered = [False] * len(nodes)
    for index in range(len(nodes) - 1, -1, -1):
        node = nodes[index]
        if not _mixes(node.layer) and (ordered[index] or not _treats_alike(node.layer)):
            for source in node.inputs:
                if source >= 0:
                    ordered[source] = True
    return ordered


def _mixes(layer: Layer) -> bool:
    return isinstance(layer, Linear) or (isinstance(layer, Conv) and layer.groups == 1)


def _treats_alike(layer: Layer) -> bool:
    is_depthwise = isinstance(layer, Conv) and layer.groups == layer.channels_in
    return is_depthwise or isinstance(layer, ALIKE)
