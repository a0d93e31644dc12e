"""Depthwise separable convolutions: one filter a channel, then a 1x1 convolution over all channels."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.registry import operation


def depthwise(
    g: GraphBuilder, x: Value, *, kernel: int, stride: int = 1, dilation: int = 1, multiplier: int = 1
) -> Value:
    """Convolves every channel on its own, with `multiplier` filters each: (C, H, W) to (multiplier C, H', W')."""
    channels = x.channels
    return g.conv(x, channels * multiplier, kernel=kernel, stride=stride, dilation=dilation, groups=channels)


@operation("sep_conv_3x3_once", family="separable", kernel=3)
@operation("sep_conv_5x5_once", family="separable", kernel=5)
@operation("sep_conv_7x7_once", family="separable", kernel=7)
def separable(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, kernel: int) -> Value:
    """norm(conv1x1(depthwise{kernel}x{kernel}(act(x)))).

    Costs K^2 C + C C_out multiply-adds a pixel, not K^2 C C_out. Chollet 2017, section 1.2 (Xception).
    """
    return _separable(g, x, channels_out, kernel=kernel, stride=stride)


@operation("sep_conv_3x3", family="separable", kernel=3)
@operation("sep_conv_5x5", family="separable", kernel=5)
@operation("sep_conv_7x7", family="separable", kernel=7)
def separable_twice(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, kernel: int) -> Value:
    """norm(conv1x1(depthwise{kernel}x{kernel}(act(x)))), twice.

    Zoph et al. 2018, section 3 and appendix A.4 (NASNet). The stride is the first one's.
    """
    x = _separable(g, x, channels_out, kernel=kernel, stride=stride)
    return _separable(g, x, channels_out, kernel=kernel, stride=1)


@operation("sep_conv_3x3_m2", family="separable", kernel=3, multiplier=2)
def separable_multiplied(
    g: GraphBuilder, x: Value, channels_out: int, *, stride: int, kernel: int, multiplier: int
) -> Value:
    """norm(conv1x1(depthwise{kernel}x{kernel} with {multiplier} filters a channel (act(x)))).

    Chollet 2017, section 1.2 (Xception), whose implementation calls the number of filters the depth multiplier.
    """
    return _separable(g, x, channels_out, kernel=kernel, stride=stride, multiplier=multiplier)


@operation("dil_conv_3x3", family="separable", kernel=3)
@operation("dil_conv_5x5", family="separable", kernel=5)
def separable_dilated(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, kernel: int) -> Value:
    """norm(conv1x1(depthwise{kernel}x{kernel}, dilation 2 (act(x)))).

    Sees 2 K - 1 pixels a side. Liu et al. 2019, section 3.1.1 (DARTS).
    """
    return _separable(g, x, channels_out, kernel=kernel, stride=stride, dilation=2)


def _separable(
    g: GraphBuilder,
    x: Value,
    channels_out: int,
    *,
    kernel: int,
    stride: int,
    dilation: int = 1,
    multiplier: int = 1,
) -> Value:
    x = g.activation(x)
    x = depthwise(g, x, kernel=kernel, stride=stride, dilation=dilation, multiplier=multiplier)
    return g.norm(g.conv(x, channels_out, kernel=1))
