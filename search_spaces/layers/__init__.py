"""The primitive layers that every network is made of: what each one computes, what it costs, and its torch spelling.

A shape is (channels, height, width) of one picture. A multiply-add counts as one; only convolutions and linear layers
have any, as in the tables of the literature and in `torch.utils.flop_counter` (which counts each as two).
"""

from search_spaces.layers.base import Layer, Pair, Shape, TorchCall
from search_spaces.layers.formulas import Add, Complement, Concat, Multiply, Rescale, Scale, Slice, Zero
from search_spaces.layers.plain import (
    ACTIVATIONS,
    Activation,
    ChannelShuffle,
    Dropout,
    Flatten,
    GlobalAverage,
    PadChannels,
    PadPixels,
    Shift,
)
from search_spaces.layers.weights import BatchNorm, GroupNorm, Linear, PReLU
from search_spaces.layers.windows import POOLS, Conv, Pool, as_pair

__all__ = [
    "ACTIVATIONS",
    "POOLS",
    "Activation",
    "Add",
    "BatchNorm",
    "ChannelShuffle",
    "Complement",
    "Concat",
    "Conv",
    "Dropout",
    "Flatten",
    "GlobalAverage",
    "GroupNorm",
    "Layer",
    "Linear",
    "Multiply",
    "PReLU",
    "PadChannels",
    "PadPixels",
    "Pair",
    "Pool",
    "Rescale",
    "Scale",
    "Shape",
    "Shift",
    "Slice",
    "TorchCall",
    "Zero",
    "as_pair",
]
