"""The operation that changes nothing, and how it fits a value to another shape where it must."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.operations.registry import operation


@operation("identity", family="identity")
@operation("factorised_reduce", family="identity")
def identity(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """x; with stride 2, norm([conv1x1, stride 2 (act(x)), conv1x1, stride 2 (shift(act(x)))]).

    Where only the width changes, norm(conv1x1(act(x))). One operation under two names, after what it does at stride 1
    and at stride 2 (see the function `factorised_reduce`). Skips so too: Liu et al. 2019, section 3.1.1 (DARTS).
    """
    if stride == 2:
        return factorised_reduce(g, x, channels_out)
    return x if x.channels == channels_out else act_conv_norm(g, x, channels_out)


def factorised_reduce(g: GraphBuilder, x: Value, channels_out: int) -> Value:
    """norm([conv1x1, stride 2 (act(x)), conv1x1, stride 2 (shift(act(x)))]).

    (C, H, W) to (channels_out, ceil(H / 2), ceil(W / 2)).
    A 1x1 convolution of stride 2 never sees three of four pixels; the second half of the channels sees those one pixel
    further down and to the right. Zoph et al. 2018, appendix A.4.
    """
    x = g.activation(x)
    half = channels_out // 2
    straight = g.conv(x, channels_out - half, kernel=1, stride=2)
    if not half:  # one channel cannot be divided
        return g.norm(straight)
    return g.norm(g.concat([straight, g.conv(g.shift(x), half, kernel=1, stride=2)]))
