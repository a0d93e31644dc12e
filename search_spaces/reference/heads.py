"""The ends of the hand-designed networks: from the last picture to the logits."""

from collections.abc import Callable, Sequence

from search_spaces.graph import GraphBuilder, Value
from search_spaces.layers import Flatten, Linear

Activate = Callable[[GraphBuilder, Value], Value]


def fully_connected(
    g: GraphBuilder, x: Value, widths: Sequence[int], classes: int, activate: Activate
) -> Value:
    """Linear layers on all numbers of x, each but the last with what `activate` adds: to (classes, 1, 1)."""
    x = g.layer(Flatten(), x)
    for width in widths:
        x = activate(g, g.layer(Linear(x.channels, width), x))
    return g.layer(Linear(x.channels, classes), x)


def relu_dropout(g: GraphBuilder, x: Value) -> Value:
    """ReLU, then half of the numbers dropped in training. Krizhevsky et al. 2012, section 4.2."""
    return g.dropout(g.relu(x), 0.5)


def average_dropout_linear(g: GraphBuilder, x: Value, classes: int, *, dropout: float) -> Value:
    """Global average, dropout, one linear layer. Szegedy et al. 2015, section 5."""
    return g.linear(g.dropout(g.global_average(x), dropout), classes)
