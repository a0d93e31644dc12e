"""Network in Network: small perceptrons slid over the picture, and no fully connected layer."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.layers import Flatten
from search_spaces.reference.catalogue import reference
from search_spaces.reference.steps import (
    MAX_POOL_CEIL,
    Convolution,
    add_chain,
    conv_relu,
    convolution,
)

PERCEPTRONS = (
    convolution(96, 11, stride=4, padding=0),
    convolution(256, 5),
    convolution(384, 3),
)
LAST = convolution(1024, 3)


@reference("nin", source="Lin et al. 2014, sections 3.1 and 3.2; widths of the authors' ImageNet model")
def nin(g: GraphBuilder, classes: int) -> Value:
    """Four mlpconv layers, pooling between them; the mean of each of the last one's `classes` maps is its logit."""
    x = g.image
    for number, window in enumerate(PERCEPTRONS, start=1):
        with g.scope(f"mlpconv{number}"):
            x = mlpconv(g, x, window, window.channels)
            x = MAX_POOL_CEIL.add_to(g, x, conv_relu)
    with g.scope("mlpconv4"):
        x = mlpconv(g, g.dropout(x, 0.5), LAST, classes)
    with g.scope("head"):
        return g.layer(Flatten(), g.global_average(x))


def mlpconv(g: GraphBuilder, x: Value, window: Convolution, channels_out: int) -> Value:
    """A convolution and two 1x1 convolutions, each with bias and ReLU. Lin et al. 2014, equation 2."""
    chain = (window, convolution(window.channels), convolution(channels_out))
    return add_chain(g, x, chain, conv_relu)
