"""Inverted residuals: wide inside, narrow between the blocks, and no activation where they are narrow."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.attention import excite
from search_spaces.operations.registry import operation
from search_spaces.operations.separable import depthwise

GATE_NARROWING = 4
"""The gate's middle has a quarter of the block's input channels; Tan et al. 2019, section 4.1 (SERatio 0.25)."""


@operation("mbconv3_3x3", family="mobile", expansion=3, kernel=3)
@operation("mbconv3_5x5", family="mobile", expansion=3, kernel=5)
@operation("mbconv6_3x3", family="mobile", expansion=6, kernel=3)
@operation("mbconv6_5x5", family="mobile", expansion=6, kernel=5)
def inverted_residual(
    g: GraphBuilder, x: Value, channels_out: int, *, stride: int, expansion: int, kernel: int
) -> Value:
    """x + norm(conv1x1(act(norm(depthwise{kernel}x{kernel}(act(norm(conv1x1 to {expansion}C(x)))))))).

    Sandler et al. 2018, section 3.3 and table 1 (MobileNetV2). Where the shape changes, without "x +".
    """
    with g.scope("body"):
        y = _project(g, _expand(g, x, expansion, kernel, stride), channels_out)
    return _add_where_equal(g, x, y)


@operation("mbconv3_3x3_se", family="mobile", expansion=3, kernel=3)
@operation("mbconv3_5x5_se", family="mobile", expansion=3, kernel=5)
@operation("mbconv6_3x3_se", family="mobile", expansion=6, kernel=3)
@operation("mbconv6_5x5_se", family="mobile", expansion=6, kernel=5)
def inverted_residual_excited(
    g: GraphBuilder, x: Value, channels_out: int, *, stride: int, expansion: int, kernel: int
) -> Value:
    """x + norm(conv1x1(excite(act(norm(depthwise{kernel}x{kernel}(act(norm(conv1x1 to {expansion}C(x))))))))).

    Tan et al. 2019, section 4.1 and figure 7 (MnasNet). Where the shape changes, without "x +".
    """
    with g.scope("body"):
        y = excite(g, _expand(g, x, expansion, kernel, stride), reduction=GATE_NARROWING * expansion)
        y = _project(g, y, channels_out)
    return _add_where_equal(g, x, y)


def _expand(g: GraphBuilder, x: Value, expansion: int, kernel: int, stride: int) -> Value:
    x = g.activation(g.norm(g.conv(x, expansion * x.channels, kernel=1)))
    return g.activation(g.norm(depthwise(g, x, kernel=kernel, stride=stride)))


def _project(g: GraphBuilder, x: Value, channels_out: int) -> Value:
    return g.norm(g.conv(x, channels_out, kernel=1))


def _add_where_equal(g: GraphBuilder, x: Value, y: Value) -> Value:
    return g.add(x, y) if x.shape == y.shape else y
