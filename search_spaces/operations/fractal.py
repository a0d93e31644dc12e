"""Fractal blocks: columns of one, two, four convolutions, joined by their mean wherever they end together."""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.operations.registry import operation


@operation("fractal_2", family="fractal", columns=2)
@operation("fractal_3", family="fractal", columns=3)
def fractal(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, columns: int) -> Value:
    """f{columns}(x); f1(x) = norm(conv3x3(act(x))), fn(x) = mean(f1(x), columns of f(n-1)(f(n-1)(x))).

    Larsson et al. 2017, section 2 and figure 1 (FractalNet), without drop-path, which is a way of training. The stride
    is that of the convolutions on x.
    """
    return g.mean(_columns(g, x, channels_out, stride, columns))


def _columns(g: GraphBuilder, x: Value, channels_out: int, stride: int, count: int) -> list[Value]:
    """Returns what the columns end in, before the join."""
    with g.scope("shallow"):
        shallow = act_conv_norm(g, x, channels_out, kernel=3, stride=stride)
    if count == 1:
        return [shallow]
    with g.scope("first"):
        middle = g.mean(_columns(g, x, channels_out, stride, count - 1))
    with g.scope("second"):
        return [shallow, *_columns(g, middle, channels_out, 1, count - 1)]
