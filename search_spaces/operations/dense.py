"""Dense blocks: every layer sees all that came before it, side by side. Huang et al. 2017 (DenseNet)."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.registry import operation

GROWTH_SHARE = 4
"""Each layer adds the width of the block divided by this."""
BOTTLENECK = 4
"""The 1x1 convolution in front of a layer has so many times the channels it adds; Huang et al. 2017, section 3."""


@operation("dense_2", family="dense", layers=2)
@operation("dense_4", family="dense", layers=4)
def dense(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, layers: int) -> Value:
    """x = [x, conv3x3 to C/4(act(norm(conv1x1 to C(act(norm(x))))))], {layers} times, then conv1x1 to C(act(norm(x))).

    Huang et al. 2017, section 3 (DenseNet-BC): a block and the transition after it, where the stride is.
    """
    growth = max(1, channels_out // GROWTH_SHARE)
    for layer in range(layers):
        with g.scope(f"grow{layer}"):
            y = _norm_act_conv(g, x, BOTTLENECK * growth, kernel=1)
            y = _norm_act_conv(g, y, growth, kernel=3)
        x = g.concat([x, y])
    with g.scope("transition"):
        x = g.activation(g.norm(x))
        if stride == 2:
            # The paper pools after the convolution. Both are linear, so the order does not matter but to the cost, a
            # quarter this way; and its window of 2x2 would not fit a picture of one pixel.
            x = g.pool(x, "average", kernel=3, stride=2)
        return g.conv(x, channels_out, kernel=1)


def _norm_act_conv(g: GraphBuilder, x: Value, channels_out: int, *, kernel: int) -> Value:
    return g.conv(g.activation(g.norm(x)), channels_out, kernel=kernel)
