"""Branches of several receptive fields side by side."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import relu_conv_norm
from search_spaces.operations.registry import operation


@operation("inception", family="inception")
def inception(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """[1x1, 1x1-3x3, 1x1-3x3-3x3, maxpool3x3-1x1], a quarter of the channels each; convolutions as BN(conv(ReLU(.))).

    Szegedy et al. 2015, section 4 (GoogLeNet), with two 3x3 for the 5x5: Szegedy et al. 2016, section 3.1. Fewer than
    four channels drop the last branches; a remainder widens the first. The stride is that of a branch's last window.
    """
    wide, narrow = -(-channels_out // 4), channels_out // 4
    widths = [wide if branch < channels_out % 4 else narrow for branch in range(4)]
    branches = []
    for branch, (width, build) in enumerate(zip(widths, (_point, _small, _large, _pooled), strict=True)):
        if width:
            with g.scope(f"branch{branch}"):
                branches.append(build(g, x, width, stride))
    return g.concat(branches)


def _point(g: GraphBuilder, x: Value, width: int, stride: int) -> Value:
    return relu_conv_norm(g, x, width, stride=stride)


def _small(g: GraphBuilder, x: Value, width: int, stride: int) -> Value:
    x = relu_conv_norm(g, x, width)
    return relu_conv_norm(g, x, width, kernel=3, stride=stride)


def _large(g: GraphBuilder, x: Value, width: int, stride: int) -> Value:
    x = relu_conv_norm(g, x, width)
    x = relu_conv_norm(g, x, width, kernel=3)
    return relu_conv_norm(g, x, width, kernel=3, stride=stride)


def _pooled(g: GraphBuilder, x: Value, width: int, stride: int) -> Value:
    return relu_conv_norm(g, g.pool(x, "max", kernel=3, stride=stride), width)
