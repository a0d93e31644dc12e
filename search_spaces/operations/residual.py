"""Residual blocks: what is learnt is the difference to the input.

The basic block and the bottleneck stand in the order activation, convolution, normalisation, so that the shortcut is
the identity itself, as He et al. 2016b, section 4 ("Identity Mappings in Deep Residual Networks") found best. Those
called `preact` and `wide` are in the full pre-activation order of that paper: normalisation, activation, convolution.
"""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.operations.registry import operation


@operation("residual_basic", family="residual")
def residual_basic(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """shortcut(x) + norm(conv3x3(act(norm(conv3x3(act(x)))))).

    He et al. 2016, section 3.3 and figure 5 left.
    """
    with g.scope("body"):
        y = basic_body(g, x, channels_out, stride=stride)
    return g.add(shortcut(g, x, channels_out, stride=stride), y)


@operation("residual_bottleneck", family="residual")
def residual_bottleneck(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """shortcut(x) + three of norm(conv(act(.))): 1x1 to C/4, 3x3, 1x1 to C.

    He et al. 2016, section 4.1 and figure 5 right.
    """
    with g.scope("body"):
        y = bottleneck_body(g, x, channels_out, inner=max(1, channels_out // 4), stride=stride)
    return g.add(shortcut(g, x, channels_out, stride=stride), y)


@operation("preact_basic", family="residual")
def preact_basic(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """shortcut(x) + conv3x3(act(norm(conv3x3(act(norm(x)))))).

    He et al. 2016b, figure 4e.
    """
    return _preact_basic(g, x, channels_out, inner=channels_out, stride=stride)


@operation("wide_basic", family="residual", widening=2)
def wide_basic(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, widening: int) -> Value:
    """shortcut(x) + conv3x3 to C(act(norm(conv3x3 to {widening}C(act(norm(x)))))).

    Zagoruyko and Komodakis 2016, section 2.3 (Wide ResNet); between the blocks it is as wide as the others are.
    """
    return _preact_basic(g, x, channels_out, inner=widening * channels_out, stride=stride)


@operation("preact_bottleneck", family="residual", narrowing=4)
@operation("wide_bottleneck", family="residual", narrowing=2)
def preact_bottleneck(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, narrowing: int) -> Value:
    """shortcut(x) + three of conv(act(norm(.))): 1x1 to C/{narrowing}, 3x3, 1x1 to C.

    He et al. 2016b, section 4.1; wide, with twice the inner channels: Zagoruyko and Komodakis 2016, section 3.
    """
    activated = _norm_act(g, x)
    inner = max(1, channels_out // narrowing)
    with g.scope("body"):
        y = g.conv(activated, inner, kernel=1)
        y = g.conv(_norm_act(g, y), inner, kernel=3, stride=stride)
        y = g.conv(_norm_act(g, y), channels_out, kernel=1)
    return g.add(_preact_shortcut(g, x, activated, channels_out, stride=stride), y)


def basic_body(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """norm(conv3x3(act(norm(conv3x3(act(x)))))). From C to C channels 18 C^2 multiply-adds a pixel."""
    x = act_conv_norm(g, x, channels_out, kernel=3, stride=stride)
    return act_conv_norm(g, x, channels_out, kernel=3)


def bottleneck_body(
    g: GraphBuilder, x: Value, channels_out: int, *, inner: int, stride: int, groups: int = 1
) -> Value:
    """Three of norm(conv(act(.))): 1x1 to `inner` channels, 3x3 in `groups` groups, 1x1 to `channels_out`."""
    x = act_conv_norm(g, x, inner)
    x = act_conv_norm(g, x, inner, kernel=3, stride=stride, groups=groups)
    return act_conv_norm(g, x, channels_out)


def shortcut(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """The value itself, or its projection norm(conv1x1(x)) where the shape changes. He et al. 2016, equation 2."""
    if stride == 1 and x.channels == channels_out:
        return x
    with g.scope("shortcut"):
        return g.norm(g.conv(x, channels_out, kernel=1, stride=stride))


def _preact_basic(g: GraphBuilder, x: Value, channels_out: int, *, inner: int, stride: int) -> Value:
    activated = _norm_act(g, x)
    with g.scope("body"):
        y = g.conv(activated, inner, kernel=3, stride=stride)
        y = g.conv(_norm_act(g, y), channels_out, kernel=3)
    return g.add(_preact_shortcut(g, x, activated, channels_out, stride=stride), y)


def _preact_shortcut(g: GraphBuilder, x: Value, activated: Value, channels_out: int, *, stride: int) -> Value:
    """The value itself, or conv1x1(act(norm(x))) where the shape changes."""
    if stride == 1 and x.channels == channels_out:
        return x
    with g.scope("shortcut"):
        return g.conv(activated, channels_out, kernel=1, stride=stride)


def _norm_act(g: GraphBuilder, x: Value) -> Value:
    return g.activation(g.norm(x))
