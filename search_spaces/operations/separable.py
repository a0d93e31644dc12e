"""Depthwise separable convolutions: one filter a channel, then a 1x1 convolution over all channels."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.registry import operation


@operation("sep_conv_3x3", family="separable")
def sep_conv_3x3(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """BN(pointwise(depthwise3x3(ReLU(x)))), twice. Zoph et al. 2018, section 3 and appendix A.4."""
    return _twice(g, x, channels_out, kernel=3, stride=stride)


@operation("sep_conv_5x5", family="separable")
def sep_conv_5x5(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """BN(pointwise(depthwise5x5(ReLU(x)))), twice. Zoph et al. 2018, section 3 and appendix A.4."""
    return _twice(g, x, channels_out, kernel=5, stride=stride)


@operation("dil_conv_3x3", family="dilated")
def dil_conv_3x3(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """BN(pointwise(depthwise3x3, dilation 2 (ReLU(x)))): sees 5x5. Liu et al. 2019, section 3.1.1 (DARTS)."""
    return _separable(g, x, channels_out, kernel=3, stride=stride, dilation=2)


def _twice(g: GraphBuilder, x: Value, channels_out: int, *, kernel: int, stride: int) -> Value:
    """The stride is the first one's, as in NASNet."""
    x = _separable(g, x, channels_out, kernel=kernel, stride=stride)
    return _separable(g, x, channels_out, kernel=kernel, stride=1)


def _separable(
    g: GraphBuilder, x: Value, channels_out: int, *, kernel: int, stride: int, dilation: int = 1
) -> Value:
    """BN(pointwise(depthwise(ReLU(x)))). Costs C K^2 + C C_out a pixel, not C C_out K^2."""
    depthwise = g.conv(
        g.relu(x), x.channels, kernel=kernel, stride=stride, dilation=dilation, groups=x.channels
    )
    return g.norm(g.conv(depthwise, channels_out, kernel=1))
