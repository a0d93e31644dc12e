"""Inverted residuals."""

from itertools import product

import pytest

from tests.search_spaces.operations.blocks import convolutions, layer_names, multiply_adds, parameters

KINDS = list(product((3, 6), (3, 5)))


@pytest.mark.parametrize(("expansion", "kernel"), KINDS)
def test_wide_inside_narrow_outside(expansion, kernel):
    name, inner = f"mbconv{expansion}_{kernel}x{kernel}", 8 * expansion
    assert convolutions(name, 8) == {
        f"8>{inner} 1x1": 1,
        f"{inner}>{inner} {kernel}x{kernel}": 1,
        f"{inner}>8 1x1": 1,
    }
    assert multiply_adds(name, 8) == (2 * 8 * inner + kernel**2 * inner) * 64


@pytest.mark.parametrize(("expansion", "kernel"), KINDS)
def test_the_gate_has_a_quarter_of_the_blocks_channels(expansion, kernel):
    name, inner = f"mbconv{expansion}_{kernel}x{kernel}", 8 * expansion
    gate = 2 * inner * (8 // 4) + 8 // 4 + inner
    assert parameters(f"{name}_se", 8) - parameters(name, 8) == gate


def test_no_activation_where_it_is_narrow():
    wide = ["Conv", "BatchNorm", "Activation"]
    assert layer_names("mbconv3_3x3", 8) == [*wide, *wide, "Conv", "BatchNorm", "Add"]


def test_the_input_is_added_only_where_the_shape_stays():
    assert "Add" not in layer_names("mbconv3_3x3", 8, 16)
    assert "Add" not in layer_names("mbconv3_3x3", 8, stride=2)
