"""Attention over channels: each is scaled by a gate that has seen the whole picture. Hu et al. 2018 (SENet)."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.identity import identity
from search_spaces.operations.registry import operation


def excite(g: GraphBuilder, x: Value, *, reduction: int) -> Value:
    """x * sigmoid(conv1x1(act(conv1x1(mean(x))))). The shape stays.

    The first convolution has one channel for `reduction` of x, at least one. 2 C^2 / reduction weights and as many
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
