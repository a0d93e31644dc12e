"""Residual blocks: what is learnt is the difference to the input.

The layers stand in the order ReLU, convolution, batch normalisation, so that the shortcut is the identity itself, as
He et al. 2016b, section 4 ("Identity Mappings in Deep Residual Networks") found best.
"""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import relu_conv_norm
from search_spaces.operations.registry import operation


@operation("residual_basic", family="residual")
def residual_basic(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """Shortcut(x) + BN(conv3x3(ReLU(BN(conv3x3(ReLU(x)))))). He et al. 2016, section 3.3 and figure 5 left."""
    with g.scope("body"):
        y = relu_conv_norm(g, x, channels_out, kernel=3, stride=stride)
        y = relu_conv_norm(g, y, channels_out, kernel=3)
    return g.add(shortcut(g, x, channels_out, stride=stride), y)


@operation("residual_bottleneck", family="residual")
def residual_bottleneck(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """Shortcut(x) + three of BN(conv(ReLU(.))): 1x1 to a quarter, 3x3, 1x1. He et al. 2016, figure 5 right."""
    return bottleneck(g, x, channels_out, inner=max(1, channels_out // 4), stride=stride)


def bottleneck(
    g: GraphBuilder, x: Value, channels_out: int, *, inner: int, stride: int, groups: int = 1
) -> Value:
    """Shortcut(x) + BN(conv1x1(ReLU(.))) after 3x3 in `groups` groups after 1x1 to `inner` channels."""
    with g.scope("body"):
        y = relu_conv_norm(g, x, inner)
        y = relu_conv_norm(g, y, inner, kernel=3, stride=stride, groups=groups)
        y = relu_conv_norm(g, y, channels_out)
    return g.add(shortcut(g, x, channels_out, stride=stride), y)


def shortcut(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """The value itself, or its projection BN(conv1x1(x)) where the shape changes. He et al. 2016, equation 2."""
    if stride == 1 and x.channels == channels_out:
        return x
    with g.scope("shortcut"):
        return g.norm(g.conv(x, channels_out, kernel=1, stride=stride))
