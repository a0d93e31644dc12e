"""Pooling over 3x3 windows. Free of weights, unless the width changes."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import relu_conv_norm
from search_spaces.operations.registry import operation


@operation("max_pool_3x3", family="pooling")
def max_pool_3x3(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """The largest of each 3x3 window; BN(conv1x1(ReLU(.))) after it where the width changes. Zoph et al. 2018, A.4."""
    return _pool(g, x, channels_out, kind="max", stride=stride)


@operation("avg_pool_3x3", family="pooling")
def avg_pool_3x3(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """The mean of each 3x3 window; BN(conv1x1(ReLU(.))) after it where the width changes. Zoph et al. 2018, A.4."""
    return _pool(g, x, channels_out, kind="average", stride=stride)


def _pool(g: GraphBuilder, x: Value, channels_out: int, *, kind: str, stride: int) -> Value:
    x = g.pool(x, kind, kernel=3, stride=stride)
    return x if x.channels == channels_out else relu_conv_norm(g, x, channels_out)
