"""An operation of one's own: one convolution over rows, one over columns (Szegedy et al. 2016, section 3.2)."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations import operation


@operation("rows_columns_5", family="asymmetric")
def rows_columns_5(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """BN(conv5x1(conv1x5(ReLU(x)))): sees 5x5 for 10 weights instead of 25."""
    rows = g.conv(g.relu(x), channels_out, kernel=(1, 5), stride=stride)
    return g.norm(g.conv(rows, channels_out, kernel=(5, 1)))
