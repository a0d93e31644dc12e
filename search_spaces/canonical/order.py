"""Where the order of channels plays a part.

A convolution over all channels or a linear layer mixes them: permuted weights make up for permuted channels. Most other
layers treat every channel alike and hand the order on. What is left reads it: a slice, a shuffle, groups, a sum with
another value.
"""

from collections.abc import Mapping, Sequence

from search_spaces.graph import IMAGE, Node
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
    PadPixels,
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
    PadPixels,
    Pool,
    PReLU,
    Rescale,
    Scale,
    Shift,
    Zero,
)
"""Layers that treat every channel alike; the gate of a `Scale` comes of a layer that mixes."""


def ordered_channels(nodes: Sequence[Node], is_ordered: bool = False) -> Mapping[int, bool]:
    """Returns for each node, and for `IMAGE`, whether the order of its channels plays a part somewhere after it.

    `is_ordered` says whether it does after the last node.
    """
    ordered = dict.fromkeys(range(IMAGE, len(nodes)), False)
    ordered[len(nodes) - 1] = is_ordered
    for index in range(len(nodes) - 1, -1, -1):
        if hands_order_on(nodes[index].layer, ordered[index]):
            ordered.update(dict.fromkeys(nodes[index].inputs, True))
    return ordered


def hands_order_on(layer: Layer, is_ordered: bool) -> bool:
    """Whether the order of a layer's input channels plays a part, given whether that of its output does."""
    return not _mixes(layer) and (is_ordered or not _treats_alike(layer))


def _mixes(layer: Layer) -> bool:
    return isinstance(layer, Linear) or (isinstance(layer, Conv) and layer.groups == 1)


def _treats_alike(layer: Layer) -> bool:
    is_depthwise = isinstance(layer, Conv) and layer.groups == layer.channels_in
    return is_depthwise or isinstance(layer, ALIKE)
