"""Attention over channels: each is scaled by a gate that has seen the whole picture. Hu et al. 2018 (SENet)."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.grouped import resnext_body
from search_spaces.operations.identity import identity
from search_spaces.operations.inception import inception
from search_spaces.operations.registry import operation
from search_spaces.operations.residual import basic_body, bottleneck_body, shortcut


def excite(g: GraphBuilder, x: Value, *, reduction: int) -> Value:
    """x * sigmoid(conv1x1(act(conv1x1(mean(x))))). The shape stays.

    The first convolution has one channel for `reduction` of x, at least one: 2 C^2 / reduction weights and as many
    biases as channels. Hu et al. 2018, section 3, whose table 10 finds reductions of 2 to 32 alike.
    """
    with g.scope("gate"):
        gate = g.conv(g.global_average(x), max(1, x.channels // reduction), kernel=1, bias=True)
        gate = g.sigmoid(g.conv(g.activation(gate), x.channels, kernel=1, bias=True))
    return g.scale(x, gate)


@operation("squeeze_excite", family="attention", reduction=4)
@operation("squeeze_excite_8", family="attention", reduction=8)
@operation("squeeze_excite_16", family="attention", reduction=16)
def squeeze_excite(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, reduction: int) -> Value:
    """y * sigmoid(conv1x1 to C(act(conv1x1 to C/{reduction}(mean(y))))), y = identity(x).

    Hu et al. 2018, section 3. `identity` fits x where the shape changes.
    """
    with g.scope("fit"):
        x = identity(g, x, channels_out, stride=stride)
    return excite(g, x, reduction=reduction)


@operation("se_residual_basic", family="attention", reduction=4)
@operation("se_residual_basic_8", family="attention", reduction=8)
@operation("se_residual_basic_16", family="attention", reduction=16)
def se_residual_basic(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, reduction: int) -> Value:
    """shortcut(x) + excite_{reduction}(norm(conv3x3(act(norm(conv3x3(act(x))))))).

    Hu et al. 2018, section 3.3 and figure 3, on the block of He et al. 2016.
    """
    with g.scope("body"):
        y = excite(g, basic_body(g, x, channels_out, stride=stride), reduction=reduction)
    return g.add(shortcut(g, x, channels_out, stride=stride), y)


@operation("se_residual_bottleneck", family="attention", reduction=4)
@operation("se_residual_bottleneck_8", family="attention", reduction=8)
@operation("se_residual_bottleneck_16", family="attention", reduction=16)
def se_residual_bottleneck(
    g: GraphBuilder, x: Value, channels_out: int, *, stride: int, reduction: int
) -> Value:
    """shortcut(x) + excite_{reduction}(three of norm(conv(act(.))): 1x1 to C/4, 3x3, 1x1 to C).

    Hu et al. 2018, section 3.3 and table 1 (SE-ResNet-50).
    """
    with g.scope("body"):
        y = bottleneck_body(g, x, channels_out, inner=max(1, channels_out // 4), stride=stride)
        y = excite(g, y, reduction=reduction)
    return g.add(shortcut(g, x, channels_out, stride=stride), y)


@operation("se_resnext_c4", family="attention", cardinality=4, reduction=4)
@operation("se_resnext_c4_8", family="attention", cardinality=4, reduction=8)
@operation("se_resnext_c4_16", family="attention", cardinality=4, reduction=16)
@operation("se_resnext_c8", family="attention", cardinality=8, reduction=4)
@operation("se_resnext_c8_8", family="attention", cardinality=8, reduction=8)
@operation("se_resnext_c8_16", family="attention", cardinality=8, reduction=16)
def se_resnext(
    g: GraphBuilder, x: Value, channels_out: int, *, stride: int, cardinality: int, reduction: int
) -> Value:
    """shortcut(x) + excite_{reduction}(sum of {cardinality} paths 1x1-3x3-1x1 of norm(conv(act(.)))).

    Hu et al. 2018, table 1 (SE-ResNeXt-50).
    """
    with g.scope("body"):
        y = resnext_body(g, x, channels_out, stride=stride, cardinality=cardinality)
        y = excite(g, y, reduction=reduction)
    return g.add(shortcut(g, x, channels_out, stride=stride), y)


@operation("se_inception", family="attention", reduction=4)
@operation("se_inception_8", family="attention", reduction=8)
@operation("se_inception_16", family="attention", reduction=16)
def se_inception(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, reduction: int) -> Value:
    """excite_{reduction}([1x1, 1x1-3x3, 1x1-3x3-3x3, max3x3-1x1]) of norm(conv(act(.))), C/4 channels each.

    Hu et al. 2018, section 3.3 and figure 2, on `inception`.
    """
    return excite(g, inception(g, x, channels_out, stride=stride), reduction=reduction)
