"""The highway network of 19 layers. Srivastava et al. 2015 ("Training Very Deep Networks"), section 3.

Widths, dropout and the start of the gates' biases are those of the network that the authors released. It has no batch
normalisation, and every convolution has a bias: 2.3 M parameters with them, half of them in gates.
"""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.catalogue import CIFAR, CIFAR_CLASSES, reference
from search_spaces.reference.heads import average_dropout_linear

STAGES = ((32, 4), (80, 5), (128, 5))
"""Filters and highway layers of each stage; a plain convolution widens to it, max pooling stands between two."""
LAST = 100
"""Filters of the 1x1 convolution before the average."""
DROPOUT = 0.2
GATE_BIAS = -2.0
"""At first a gate lets little through and carries most: section 2.2."""


@reference(
    "highway19_cifar",
    image=CIFAR,
    classes=CIFAR_CLASSES,
    source="Srivastava et al. 2015, section 3, Highway B",
)
def highway_network(g: GraphBuilder, classes: int) -> Value:
    """Three stages of convolution and highway layers, conv1x1, global average, one linear layer."""
    x = g.image
    for stage, (filters, layers) in enumerate(STAGES, start=1):
        with g.scope(f"stage{stage}"):
            if stage > 1:
                x = g.pool(x, "max", kernel=2, stride=2, padding=0)
            x = g.dropout(x, DROPOUT)
            x = g.relu(g.conv(x, filters, kernel=3, bias=True))
        for layer in range(1, layers + 1):
            with g.scope(f"stage{stage}_highway{layer}"):
                x = highway_layer(g, x)
    with g.scope("last"):
        x = g.relu(g.conv(x, LAST, kernel=1, bias=True))
    with g.scope("head"):
        return average_dropout_linear(g, x, classes, dropout=DROPOUT)


def highway_layer(g: GraphBuilder, x: Value) -> Value:
    """h t + x (1 - t), h = ReLU(conv3x3(x)), t = sigmoid(conv3x3(x)). The shape stays. Equation 3."""
    with g.scope("transform"):
        transformed = g.relu(g.conv(x, x.channels, kernel=3, bias=True))
    with g.scope("gate"):
        gate = g.sigmoid(g.conv(x, x.channels, kernel=3, bias=True, bias_start=GATE_BIAS))
    return g.add(g.multiply(transformed, gate), g.multiply(x, g.complement(gate)))
