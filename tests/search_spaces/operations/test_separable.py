"""Depthwise separable convolutions."""

import pytest

from tests.search_spaces.operations.blocks import convolutions, layer_names, module, multiply_adds, seen

ONCE = ["Activation", "Conv", "Conv", "BatchNorm"]


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_once_costs_the_filters_of_each_channel_and_the_mixing(kernel):
    name = f"sep_conv_{kernel}x{kernel}"
    once = (kernel**2 * 8 + 8 * 8) * 6 * 4
    assert multiply_adds(f"{name}_once", 8, size=(6, 4)) == once
    assert multiply_adds(name, 8, size=(6, 4)) == 2 * once
    assert layer_names(f"{name}_once", 4, 8) == ONCE
    assert layer_names(name, 4, 8) == ONCE * 2


def test_the_stride_is_the_first_ones_and_the_width_grows_with_the_first():
    assert multiply_adds("sep_conv_3x3", 4, 8, stride=2) == (9 * 4 + 4 * 8 + 9 * 8 + 8 * 8) * 16
    assert len(seen(module("sep_conv_3x3", 1, 4, size=(9, 9)), 9)) == 25


def test_a_multiplier_gives_every_channel_more_filters():
    assert convolutions("sep_conv_3x3_m2", 6, 4) == {"6>12 3x3": 1, "12>4 1x1": 1}
    assert multiply_adds("sep_conv_3x3_m2", 6, 4) == (2 * 9 * 6 + 2 * 6 * 4) * 64


@pytest.mark.parametrize(("kernel", "reach"), [(3, 2), (5, 4)])
def test_a_dilated_one_sees_every_other_pixel(kernel, reach):
    places = seen(module(f"dil_conv_{kernel}x{kernel}", 1, 4, size=(11, 11)), 11)
    window = range(5 - reach, 5 + reach + 1, 2)
    assert places.tolist() == [[row, column] for row in window for column in window]
    assert layer_names(f"dil_conv_{kernel}x{kernel}", 4, 8) == ONCE
