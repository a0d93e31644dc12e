"""Bottlenecks of several parallel paths (ResNeXt), each as dear as a plain bottleneck of the same width."""

import math

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.registry import operation
from search_spaces.operations.residual import bottleneck


@operation("resnext_c2", family="grouped")
def resnext_c2(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """Shortcut(x) + sum of 2 paths 1x1-3x3-1x1 as one grouped convolution. Xie et al. 2017, figure 3c."""
    return _resnext(g, x, channels_out, cardinality=2, stride=stride)


@operation("resnext_c4", family="grouped")
def resnext_c4(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """Shortcut(x) + sum of 4 paths 1x1-3x3-1x1 as one grouped convolution. Xie et al. 2017, figure 3c."""
    return _resnext(g, x, channels_out, cardinality=4, stride=stride)


@operation("resnext_c8", family="grouped")
def resnext_c8(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """Shortcut(x) + sum of 8 paths 1x1-3x3-1x1 as one grouped convolution. Xie et al. 2017, figure 3c."""
    return _resnext(g, x, channels_out, cardinality=8, stride=stride)


def path_width(channels: int, cardinality: int) -> int:
    """Returns the width c of each of G paths that costs what a bottleneck of `channels` outputs costs, at least 1.

    With C a quarter of the outputs, a bottleneck takes 17 C^2 multiply-adds a pixel and G paths G (8 C c + 9 c^2):
    c is the positive root of 9 G c^2 + 8 G C c - 17 C^2 = 0. Xie et al. 2017, equation 4 and table 2.

    >>> [path_width(256, cardinality) for cardinality in (1, 2, 4, 8, 32)]
    [64, 40, 24, 14, 4]
    """
    quarter = channels / 4
    root = (math.sqrt(16 + 153 / cardinality) - 4) / 9
    return max(1, round(root * quarter))


def _resnext(g: GraphBuilder, x: Value, channels_out: int, *, cardinality: int, stride: int) -> Value:
    inner = cardinality * path_width(channels_out, cardinality)
    return bottleneck(g, x, channels_out, inner=inner, stride=stride, groups=cardinality)
