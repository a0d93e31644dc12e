"""FractalNet: columns of one, two, four convolutions, joined by their mean wherever they end together.

Larsson et al. 2017. Five blocks, with the widths and dropout of the network that the authors released, which has three
columns: its deepest path has 20 convolutions, and it has 33.7 M parameters, where the paper's table prints 38.6 M. The
paper's figure 1 has four columns, which make a path of 40 and 76.1 M. Drop-path is a way of training and left out.
"""

from collections.abc import Mapping

from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.catalogue import CIFAR, CIFAR_CLASSES, references

COLUMNS: Mapping[str, int] = {"fractalnet_cifar": 3, "fractalnet40_cifar": 4}
BLOCKS = ((64, 0.0), (128, 0.1), (256, 0.2), (512, 0.3), (512, 0.4))
"""Filters of each block, and the dropout of its convolutions."""


SOURCE = "Larsson et al. 2017, figure 1, with the widths that the authors released; the paper prints 38.6 M parameters"


@references(COLUMNS, image=CIFAR, classes=CIFAR_CLASSES, source=SOURCE)
def fractal_network(g: GraphBuilder, classes: int, columns: int) -> Value:
    """Five fractal blocks with max pooling after each, global average, one linear layer."""
    x = g.image
    for number, (filters, dropout) in enumerate(BLOCKS, start=1):
        with g.scope(f"block{number}"):
            x = g.mean(fractal_columns(g, x, filters, columns=columns, dropout=dropout))
            x = g.pool(x, "max", kernel=2, stride=2, padding=0)
    with g.scope("head"):
        return g.classifier(x, classes=classes)


def fractal_columns(g: GraphBuilder, x: Value, filters: int, *, columns: int, dropout: float) -> list[Value]:
    """Returns what the columns end in: c(x), then the columns of f(f(x)), f being this with one column fewer, joined.

    c is ReLU(BN(dropout(conv3x3))). Each value is (filters, H, W). Section 2, figure 1 left.
    """
    with g.scope("convolution"):
        shallow = _convolution(g, x, filters, dropout)
    if columns == 1:
        return [shallow]
    with g.scope("first"):
        middle = g.mean(fractal_columns(g, x, filters, columns=columns - 1, dropout=dropout))
    with g.scope("second"):
        return [shallow, *fractal_columns(g, middle, filters, columns=columns - 1, dropout=dropout)]


def _convolution(g: GraphBuilder, x: Value, filters: int, dropout: float) -> Value:
    x = g.conv(x, filters, kernel=3)
    return g.relu(g.norm(g.dropout(x, dropout) if dropout else x))
