"""The operation that lets nothing through: an edge that is not there."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.registry import operation


@operation("zero", family="zero")
def zero(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """0.

    Costs nothing, and what is computed from it alone costs nothing either. Liu et al. 2019, section 2.1 (DARTS).
    """
    _, height, width = x.shape
    return g.zero((channels_out, -(-height // stride), -(-width // stride)))
