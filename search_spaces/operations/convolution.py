"""Plain convolutions, in the order ReLU, convolution, batch normalisation of Zoph et al. 2018, section 3 (NASNet)."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.registry import operation


def relu_conv_norm(
    g: GraphBuilder, x: Value, channels_out: int, *, kernel: int = 1, stride: int = 1, groups: int = 1
) -> Value:
    """BN(conv(ReLU(x))): (C, H, W) to (channels_out, ceil(H / stride), ceil(W / stride))."""
    return g.norm(g.conv(g.relu(x), channels_out, kernel=kernel, stride=stride, groups=groups))


@operation("conv_1x1", family="convolution")
def conv_1x1(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """BN(conv1x1(ReLU(x))). Mixes channels only; Lin et al. 2014, section 3.1 (Network in Network)."""
    return relu_conv_norm(g, x, channels_out, stride=stride)


@operation("conv_3x3", family="convolution")
def conv_3x3(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """BN(conv3x3(ReLU(x))). Simonyan and Zisserman 2015, section 2.1 (VGG)."""
    return relu_conv_norm(g, x, channels_out, kernel=3, stride=stride)
