"""The formulas that the literature argues with, at C = 64 channels on pictures of H x W = 14 x 14."""

import pytest

from search_spaces.complexity import Cost, cost
from search_spaces.graph import GraphBuilder, Value
from search_spaces.reference.steps import Chain, Fork, add_chain, convolution

C, H, W = 64, 14, 14


def bare(g: GraphBuilder, x: Value, conv) -> Value:
    """A convolution with neither bias nor normalisation, so that weights alone are counted."""
    return conv.alone(g, x, bias=False)


def price(*chain, image=(C, H, W)) -> Cost:
    g = GraphBuilder(image)
    return cost(g.finish(add_chain(g, g.image, chain, bare)))


@pytest.mark.parametrize("groups", [1, 2, 8, 64])
def test_a_grouped_convolution_costs_a_share(groups):
    g = GraphBuilder((C, H, W))
    found = cost(g.finish(g.conv(g.image, 2 * C, kernel=3, stride=2, groups=groups)))
    assert found.parameters == 2 * C * C * 9 // groups
    assert found.multiply_adds == 2 * C * C * 9 * (H // 2) * (W // 2) // groups


@pytest.mark.parametrize(
    ("chain", "weights"),
    [
        ((convolution(C, 5),), 25),
        ((convolution(C, 3),) * 2, 18),
        ((convolution(C, 7),), 49),
        ((convolution(C, 3),) * 3, 27),
        ((convolution(C, (1, 7)), convolution(C, (7, 1))), 14),
    ],
)
def test_small_windows_in_a_row_cost_less_than_a_large_one(chain: Chain, weights):
    found = price(*chain)
    assert found.parameters == weights * C**2
    assert found.multiply_adds == weights * C**2 * H * W


@pytest.mark.parametrize(("large", "count"), [(5, 2), (7, 3)])
def test_they_see_as_much_as_the_large_one(large, count):
    """Without padding both leave the same picture over."""
    sides = []
    for chain in ((convolution(C, large, padding=0),), (convolution(C, 3, padding=0),) * count):
        g = GraphBuilder((C, H, W))
        sides.append(add_chain(g, g.image, chain, bare).shape)
    assert sides[0] == sides[1] == (C, H - large + 1, W - large + 1)


def test_residual_blocks():
    assert price(*[convolution(C, 3)] * 2).multiply_adds == 18 * H * W * C**2
    bottleneck = (convolution(C), convolution(C, 3), convolution(4 * C))
    assert price(*bottleneck, image=(4 * C, H, W)).multiply_adds == 17 * H * W * C**2


@pytest.mark.parametrize(("groups", "width"), [(1, 64), (2, 40), (4, 24), (8, 14), (32, 4)])
def test_resnext_blocks_cost_about_what_the_bottleneck_costs(groups, width):
    path = (convolution(width), convolution(width, 3), convolution(4 * C))
    found = sum(price(*path, image=(4 * C, H, W)).multiply_adds for _ in range(groups))
    assert found == (8 * C * width + 9 * width**2) * groups * H * W
    assert found == pytest.approx(17 * H * W * C**2, rel=0.05)


def test_a_depthwise_separable_convolution():
    g = GraphBuilder((C, H, W))
    depthwise = g.conv(g.image, C, kernel=3, groups=C)
    assert cost(g.finish(g.conv(depthwise, C, kernel=1))).multiply_adds == (9 * C + C**2) * H * W


@pytest.mark.parametrize(
    ("side", "window", "stride", "padding"), [(227, 11, 4, 2), (224, 7, 2, 3), (35, 3, 2, 0), (8, 5, 1, 2)]
)
def test_the_side_that_comes_out(side, window, stride, padding):
    g = GraphBuilder((1, side, side))
    out = convolution(1, window, stride=stride, padding=padding).alone(g, g.image, bias=False)
    assert out.shape == (1, *[(side - window + 2 * padding) // stride + 1] * 2)


def test_reduction_before_large_windows_is_what_makes_inception_cheap():
    """Module 3a without its 1x1 reductions; Szegedy et al. 2015, figure 2a against 2b."""
    naive = Fork((convolution(64),), (convolution(128, 3),), (convolution(32, 5),))
    reduced = Fork(
        (convolution(64),),
        (convolution(96), convolution(128, 3)),
        (convolution(16), convolution(32, 5)),
    )
    image = (192, 28, 28)
    assert price(naive, image=image).parameters == 192 * (64 + 9 * 128 + 25 * 32)
    assert price(reduced, image=image).parameters < 0.41 * price(naive, image=image).parameters
