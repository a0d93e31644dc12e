"""Plain convolutions, in the order activation, convolution, normalisation of Zoph et al. 2018, section 3 (NASNet).

In formulas `act` and `norm` are the activation and the normalisation of the space, ReLU and batch normalisation unless
it says otherwise.
"""

from search_spaces.graph import GraphBuilder, Value
from search_spaces.layers import Pair
from search_spaces.operations.registry import operation


def act_conv_norm(
    g: GraphBuilder,
    x: Value,
    channels_out: int,
    *,
    kernel: int | Pair = 1,
    stride: int = 1,
    dilation: int = 1,
    groups: int = 1,
) -> Value:
    """norm(conv(act(x))): (C, H, W) to (channels_out, ceil(H / stride), ceil(W / stride))."""
    x = g.activation(x)
    return g.norm(g.conv(x, channels_out, kernel=kernel, stride=stride, dilation=dilation, groups=groups))


def conv_norm_act(
    g: GraphBuilder, x: Value, channels_out: int, *, kernel: int | Pair = 1, stride: int = 1
) -> Value:
    """act(norm(conv(x))): (C, H, W) to (channels_out, ceil(H / stride), ceil(W / stride))."""
    return g.activation(g.norm(g.conv(x, channels_out, kernel=kernel, stride=stride)))


@operation("conv_1x1", family="convolution", kernel=1)
@operation("conv_3x3", family="convolution", kernel=3)
@operation("conv_5x5", family="convolution", kernel=5)
@operation("conv_7x7", family="convolution", kernel=7)
def conv(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, kernel: int) -> Value:
    """norm(conv{kernel}x{kernel}(act(x))).

    1x1 mixes channels only: Lin et al. 2014, section 3.1 (Network in Network). 3x3: Simonyan and Zisserman 2015,
    section 2.1 (VGG). 5x5 and 7x7: Szegedy et al. 2015, section 5 (GoogLeNet).
    """
    return act_conv_norm(g, x, channels_out, kernel=kernel, stride=stride)


@operation("conv_1x3_3x1", family="convolution", length=3)
@operation("conv_1x7_7x1", family="convolution", length=7)
def row_column(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, length: int) -> Value:
    """norm(conv{length}x1(act(norm(conv1x{length}(act(x)))))).

    A row and a column of K weights see what K^2 of a square window see. Szegedy et al. 2016, section 3.2. The stride
    is that of the second convolution, so that the first leaves out no pixel.
    """
    x = act_conv_norm(g, x, channels_out, kernel=(1, length))
    return act_conv_norm(g, x, channels_out, kernel=(length, 1), stride=stride)


@operation("dilated_conv_3x3", family="convolution")
def dilated_conv_3x3(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """norm(conv3x3, dilation 2 (act(x))).

    Sees 5x5 at 9 places. Yu and Koltun 2016, section 2; in a cell, Zoph et al. 2018, section 3.
    """
    return act_conv_norm(g, x, channels_out, kernel=3, stride=stride, dilation=2)
