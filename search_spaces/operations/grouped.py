"""Convolutions in groups: bottlenecks of parallel paths (ResNeXt), units that shuffle channels (ShuffleNet)."""

import math

from search_spaces.errors import SpaceError
from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.operations.registry import operation
from search_spaces.operations.residual import bottleneck_body, shortcut
from search_spaces.operations.separable import depthwise

SHUFFLED_GROUPS = 2


@operation("resnext_c2", family="grouped", cardinality=2)
@operation("resnext_c4", family="grouped", cardinality=4)
@operation("resnext_c8", family="grouped", cardinality=8)
@operation("resnext_c16", family="grouped", cardinality=16)
@operation("resnext_c32", family="grouped", cardinality=32)
def resnext(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, cardinality: int) -> Value:
    """shortcut(x) + sum of {cardinality} paths 1x1-3x3-1x1 of norm(conv(act(.))), as one grouped convolution.

    Xie et al. 2017, figure 3c (ResNeXt). Costs what a plain bottleneck of the same width does, but for the rounding of
    the paths' width: see `path_width`.
    """
    with g.scope("body"):
        y = resnext_body(g, x, channels_out, stride=stride, cardinality=cardinality)
    return g.add(shortcut(g, x, channels_out, stride=stride), y)


def resnext_body(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, cardinality: int) -> Value:
    """The paths, summed: three of norm(conv(act(.))), 1x1, grouped 3x3, 1x1."""
    inner = cardinality * path_width(channels_out, cardinality)
    return bottleneck_body(g, x, channels_out, inner=inner, stride=stride, groups=cardinality)


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


@operation("shuffle_unit_v1", family="grouped")
def shuffle_unit_v1(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """shortcut(x) + norm(conv1x1 in 2 groups(norm(depthwise3x3(shuffle(act(norm(conv1x1 in 2 groups(act(x))))))))).

    Zhang et al. 2018, section 3.2 and figure 2b (ShuffleNet), with C/4 channels inside and the last activation moved to
    the front. Where the shape changes the shortcut is projected; the paper concatenates instead, which needs more
    channels to come out than go in.
    """
    _check_even(channels_in=x.channels, channels_out=channels_out)
    inner = SHUFFLED_GROUPS * max(1, channels_out // (4 * SHUFFLED_GROUPS))
    with g.scope("body"):
        y = g.activation(act_conv_norm(g, x, inner, groups=SHUFFLED_GROUPS))
        y = g.norm(depthwise(g, g.shuffle(y, groups=SHUFFLED_GROUPS), kernel=3, stride=stride))
        y = g.norm(g.conv(y, channels_out, kernel=1, groups=SHUFFLED_GROUPS))
    return g.add(shortcut(g, x, channels_out, stride=stride), y)


@operation("shuffle_unit_v2", family="grouped")
def shuffle_unit_v2(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """shuffle([a, norm(conv1x1(norm(depthwise3x3(act(norm(conv1x1(act(b))))))))]), a and b the halves of x.

    Ma et al. 2018, section 3 and figure 3c and d (ShuffleNet v2), their last activations moved to the front. Where the
    shape changes, b is x and a is norm(conv1x1(norm(depthwise3x3(act(x))))).
    """
    _check_even(channels_out=channels_out)
    half = channels_out // 2
    if stride == 1 and x.channels == channels_out:
        kept, changed = g.slice(x, 0, half), g.slice(x, half, channels_out)
    else:
        with g.scope("fit"):
            kept, changed = _act_depthwise_point(g, x, half, stride=stride), x
    with g.scope("body"):
        y = _act_depthwise_point(g, act_conv_norm(g, changed, half), half, stride=stride)
    return g.shuffle(g.concat([kept, y]), groups=SHUFFLED_GROUPS)


def _act_depthwise_point(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    x = g.norm(depthwise(g, g.activation(x), kernel=3, stride=stride))
    return g.norm(g.conv(x, channels_out, kernel=1))


def _check_even(**channels: int) -> None:
    for name, count in channels.items():
        if count % SHUFFLED_GROUPS:
            raise SpaceError(
                f"`{name}` (={count}) must be even, as channels are shuffled between two halves; "
                "choose an even width or leave the operation out"
            )
