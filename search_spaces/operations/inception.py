"""Branches of several receptive fields side by side. Each module is a table of branches, each branch a chain of steps.

Fewer channels than branches drop the last branches. The stride is that of a branch's last step.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.convolution import act_conv_norm
from search_spaces.operations.registry import Build, operation
from search_spaces.operations.residual import shortcut

Branch = tuple[Build, ...]
"""Steps one after the other, all of the branch's width."""

CONV_1X1 = partial(act_conv_norm, kernel=1)
CONV_3X3 = partial(act_conv_norm, kernel=3)
CONV_5X5 = partial(act_conv_norm, kernel=5)
CONV_1X3, CONV_3X1 = partial(act_conv_norm, kernel=(1, 3)), partial(act_conv_norm, kernel=(3, 1))
CONV_1X7, CONV_7X1 = partial(act_conv_norm, kernel=(1, 7)), partial(act_conv_norm, kernel=(7, 1))

RESIDUAL_SCALE = 0.2
"""Szegedy et al. 2017, section 3.3, find 0.1 to 0.3 to keep the training of wide networks stable."""
RESIDUAL_NARROWING = 8
"""A branch is so much narrower than the block: 32 of 256 channels in Szegedy et al. 2017, figure 10."""


@operation("inception_v1", family="inception")
def inception_v1(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """[1x1, 1x1-3x3, 1x1-5x5, max3x3-1x1] of norm(conv(act(.))), C/4, C/2, C/8 and C/8 channels.

    Szegedy et al. 2015, section 4 (GoogLeNet); the shares are those of table 1, row inception (3a).
    """
    branches = ((CONV_1X1,), (CONV_1X1, CONV_3X3), (CONV_1X1, CONV_5X5), (_max_conv,))
    return side_by_side(g, x, channels_out, stride=stride, branches=branches, shares=(2, 4, 1, 1))


@operation("inception", family="inception")
def inception(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """[1x1, 1x1-3x3, 1x1-3x3-3x3, max3x3-1x1] of norm(conv(act(.))), C/4 channels each.

    The second version, with two 3x3 for the 5x5: Szegedy et al. 2016, section 3.1 and figure 5.
    """
    branches = ((CONV_1X1,), (CONV_1X1, CONV_3X3), (CONV_1X1, CONV_3X3, CONV_3X3), (_max_conv,))
    return side_by_side(g, x, channels_out, stride=stride, branches=branches)


@operation("inception_v3", family="inception")
def inception_v3(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """[1x1, 1x1-1x7-7x1, 1x1-7x1-1x7-7x1-1x7, mean3x3-1x1] of norm(conv(act(.))), C/4 channels each.

    Szegedy et al. 2016, section 3.2 and figure 6 with n = 7.
    """
    branches = (
        (CONV_1X1,),
        (CONV_1X1, CONV_1X7, CONV_7X1),
        (CONV_1X1, CONV_7X1, CONV_1X7, CONV_7X1, CONV_1X7),
        (_mean_conv,),
    )
    return side_by_side(g, x, channels_out, stride=stride, branches=branches)


@operation("inception_v4", family="inception")
def inception_v4(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """[1x1, 1x1-[1x3, 3x1], 1x1-1x3-3x1-[3x1, 1x3], mean3x3-1x1] of norm(conv(act(.))), C/6, C/3, C/3 and C/6 channels.

    Szegedy et al. 2017, section 3.1 and figure 6 (Inception-C).
    """
    branches = (
        (CONV_1X1,),
        (CONV_1X1, _row_and_column),
        (CONV_1X1, CONV_1X3, CONV_3X1, _row_and_column),
        (_mean_conv,),
    )
    return side_by_side(g, x, channels_out, stride=stride, branches=branches, shares=(1, 2, 2, 1))


@operation("inception_resnet", family="inception")
def inception_resnet(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    """shortcut(x) + 0.2 conv1x1(act([1x1, 1x1-3x3, 1x1-3x3-3x3])), of norm(conv(act(.))), C/8 channels each.

    Szegedy et al. 2017, section 3.2 and figure 10; the scale: section 3.3.
    """
    branches = ((CONV_1X1,), (CONV_1X1, CONV_3X3), (CONV_1X1, CONV_3X3, CONV_3X3))
    with g.scope("body"):
        inner = len(branches) * max(1, channels_out // RESIDUAL_NARROWING)
        y = side_by_side(g, x, inner, stride=stride, branches=branches)
        y = g.conv(g.activation(y), channels_out, kernel=1, bias=True)
    return g.add(shortcut(g, x, channels_out, stride=stride), g.rescale(y, RESIDUAL_SCALE))


def side_by_side(
    g: GraphBuilder,
    x: Value,
    channels_out: int,
    *,
    stride: int,
    branches: Sequence[Branch],
    shares: Sequence[int] | None = None,
) -> Value:
    """Concatenates branches that all begin at x; without `shares` the channels are shared out evenly."""
    outputs = []
    widths = share_out(channels_out, shares or [1] * len(branches))
    for index, ((*steps, last), width) in enumerate(zip(branches, widths, strict=True)):
        if width:
            with g.scope(f"branch{index}"):
                y = x
                for step in steps:
                    y = step(g, y, width, stride=1)
                outputs.append(last(g, y, width, stride=stride))
    return g.concat(outputs)


def share_out(channels: int, shares: Sequence[int]) -> list[int]:
    """Divides channels in these proportions, what cannot be divided to the earlier ones.

    >>> share_out(16, [2, 4, 1, 1]), share_out(3, [1, 1, 1, 1])
    ([4, 8, 2, 2], [1, 1, 1, 0])
    """
    ends = [-(-channels * sum(shares[:count]) // sum(shares)) for count in range(len(shares) + 1)]
    return [end - start for start, end in pairwise(ends)]


def _max_conv(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    return act_conv_norm(g, g.pool(x, "max", kernel=3, stride=stride), channels_out)


def _mean_conv(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    return act_conv_norm(g, g.pool(x, "average", kernel=3, stride=stride), channels_out)


def _row_and_column(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    return side_by_side(g, x, channels_out, stride=stride, branches=((CONV_1X3,), (CONV_3X1,)))
