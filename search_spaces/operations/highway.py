"""Highway layers: a gate decides, number by number, what is transformed and what is carried on."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.operations.identity import identity
from search_spaces.operations.registry import operation

GATE_BIAS = -1.0
"""At first most is carried; Srivastava et al. 2015, section 2.2, start at -1 to -3."""


@operation("highway", family="highway")
def highway(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """norm(conv3x3(act(y))) t + y (1 - t), t = sigmoid(conv3x3(y)), y = identity(x).

    Srivastava et al. 2015, section 2, equation 3 ("Training Very Deep Networks"). `identity` fits x where the shape
    changes.
    """
    with g.scope("fit"):
        x = identity(g, x, channels_out, stride=stride)
    with g.scope("transform"):
        y = act_conv_norm(g, x, channels_out, kernel=3)
    with g.scope("gate"):
        gate = g.sigmoid(g.conv(x, channels_out, kernel=3, bias=True, bias_start=GATE_BIAS))
    return g.add(g.multiply(y, gate), g.multiply(x, g.complement(gate)))
