"""Plain convolutions: their order, what they see, what they cost."""

import pytest

from tests.search_spaces.operations.blocks import convolutions, layer_names, module, multiply_adds, seen


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_a_convolution_stands_between_activation_and_norm(kernel):
    name = f"conv_{kernel}x{kernel}"
    assert layer_names(name, 4, 8) == ["Activation", "Conv", "BatchNorm"]
    assert multiply_adds(name, 4, 8, size=(5, 6)) == 8 * 4 * kernel**2 * 5 * 6
    assert multiply_adds(name, 4, 8, size=(5, 6), stride=2) == 8 * 4 * kernel**2 * 3 * 3
    assert len(seen(module(name, 1, 4, size=(9, 9)), 9)) == kernel**2


@pytest.mark.parametrize("length", [3, 7])
def test_a_row_and_a_column_see_the_square_for_two_of_its_lengths(length):
    name = f"conv_1x{length}_{length}x1"
    assert convolutions(name, 4) == {f"4>4 1x{length}": 1, f"4>4 {length}x1": 1}
    assert multiply_adds(name, 4) * length == 2 * multiply_adds(f"conv_{length}x{length}", 4)
    assert len(seen(module(name, 1, 4, size=(9, 9)), 9)) == length**2


def test_a_row_and_a_column_of_stride_two_leave_out_no_pixel():
    places = seen(module("conv_1x3_3x1", 1, 4, size=(9, 9), stride=2), 9)
    assert places.tolist() == [[row, column] for row in (3, 4, 5) for column in (3, 4, 5)]


def test_a_dilated_convolution_sees_five_by_five_at_nine_places():
    places = seen(module("dilated_conv_3x3", 1, 4, size=(9, 9)), 9)
    assert (places.min(0).values.tolist(), places.max(0).values.tolist(), len(places)) == ([2, 2], [6, 6], 9)
    assert multiply_adds("dilated_conv_3x3", 4) == multiply_adds("conv_3x3", 4)


def test_small_windows_one_after_the_other_cost_less_than_a_large_one():
    """18 C^2 instead of 25 C^2 for what 5x5 sees, 27 C^2 instead of 49 C^2 for 7x7."""
    three, five, seven = (multiply_adds(f"conv_{kernel}x{kernel}", 8) for kernel in (3, 5, 7))
    assert (2 * three, five) == (18 * 8**2 * 64, 25 * 8**2 * 64)
    assert (3 * three, seven) == (27 * 8**2 * 64, 49 * 8**2 * 64)
