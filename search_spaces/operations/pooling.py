"""Pooling. Free of weights, unless the width changes."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.operations.registry import operation


@operation("max_pool_3x3", family="pooling", kernel=3)
@operation("max_pool_5x5", family="pooling", kernel=5)
@operation("max_pool_7x7", family="pooling", kernel=7)
def max_pool(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, kernel: int) -> Value:
    """max{kernel}x{kernel}(x).

    Zoph et al. 2018, section 3 (NASNet). Where the width changes, norm(conv1x1(act(.))) follows: appendix A.4.
    """
    return _fitted(g, g.pool(x, "max", kernel=kernel, stride=stride), channels_out)


@operation("avg_pool_3x3", family="pooling", kernel=3)
@operation("avg_pool_5x5", family="pooling", kernel=5)
def average_pool(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, kernel: int) -> Value:
    """mean{kernel}x{kernel}(x).

    Zoph et al. 2018, section 3 (NASNet). Pixels beyond the edge do not count. Where the width changes,
    norm(conv1x1(act(.))) follows: appendix A.4.
    """
    return _fitted(g, g.pool(x, "average", kernel=kernel, stride=stride), channels_out)


def _fitted(g: GraphBuilder, x: Value, channels_out: int) -> Value:
    return x if x.channels == channels_out else act_conv_norm(g, x, channels_out)
