"""The operation that changes nothing, and how it fits a value to another shape where it must."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import relu_conv_norm
from search_spaces.operations.registry import operation


@operation("identity", family="identity")
def identity(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """The value itself; another width by BN(conv1x1(ReLU(x))), stride 2 by `factorised_reduce`."""
    if stride == 2:
        return factorised_reduce(g, x, channels_out)
    return x if x.channels == channels_out else relu_conv_norm(g, x, channels_out)


def factorised_reduce(g: GraphBuilder, x: Value, channels_out: int) -> Value:
    """BN([conv1x1, stride 2 (ReLU(x)), conv1x1, stride 2 (shift(ReLU(x)))]).

    (C, H, W) to (channels_out, ceil(H / 2), ceil(W / 2)).
    A 1x1 convolution of stride 2 never sees three of four pixels; the second half of the channels sees those one pixel
    further down and to the right. Zoph et al. 2018, appendix A.4.
    """
    x = g.relu(x)
    half = channels_out // 2
    straight = g.conv(x, channels_out - half, kernel=1, stride=2)
    if not half:  # one channel cannot be divided
        return g.norm(straight)
    return g.norm(g.concat([straight, g.conv(g.shift(x), half, kernel=1, stride=2)]))
