"""Attention over channels."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.identity import identity
from search_spaces.operations.registry import operation

REDUCTION = 4
"""How much narrower the gate's middle is; Hu et al. 2018, table 10, finds 2 to 32 alike, and cells are narrow."""


@operation("squeeze_excite", family="attention")
def squeeze_excite(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """x * sigmoid(conv1x1(ReLU(conv1x1(mean(x))))), after `identity` has fitted x. Hu et al. 2018, section 3."""
    with g.scope("fit"):
        x = identity(g, x, channels_out, stride=stride)
    with g.scope("gate"):
        gate = g.conv(g.global_average(x), max(1, channels_out // REDUCTION), kernel=1, bias=True)
        gate = g.sigmoid(g.conv(g.relu(gate), channels_out, kernel=1, bias=True))
    return g.scale(x, gate)
