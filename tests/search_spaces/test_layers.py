"""Layers against torch itself: what comes out, what is learnt, what it costs."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from search_spaces.errors import SpaceError, UnknownNameError
from search_spaces.layers import (
    ACTIVATIONS,
    Activation,
    Add,
    BatchNorm,
    ChannelShuffle,
    Concat,
    Conv,
    Dropout,
    Flatten,
    GlobalAverage,
    GroupNorm,
    Linear,
    PadChannels,
    PadPixels,
    Pool,
    PReLU,
    Scale,
    Shift,
)


def built(layer) -> nn.Module:
    call = layer.torch_call()
    return getattr(nn, call.name)(*call.arguments, **dict(call.options))


def measured(layer, shape):
    """Output shape of one picture, parameters and multiply-adds, by torch."""
    module = built(layer).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        output = module(torch.zeros(1, *(shape if not isinstance(layer, Linear) else shape[:1])))
    parameters = sum(weight.numel() for weight in module.parameters())
    return tuple(output.shape[1:]), parameters, counter.get_total_flops() / 2


@st.composite
def convolutions(draw):
    groups = draw(st.integers(1, 4))
    kernel = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    conv = Conv(
        channels_in=groups * draw(st.integers(1, 4)),
        channels_out=groups * draw(st.integers(1, 4)),
        kernel=kernel,
        stride=draw(st.integers(1, 3)),
        padding=draw(st.tuples(st.integers(0, 3), st.integers(0, 3))),
        dilation=draw(st.integers(1, 2)),
        groups=groups,
        bias=draw(st.booleans()),
    )
    smallest = 2 * max(kernel)
    return conv, (conv.channels_in, *draw(st.tuples(*[st.integers(smallest, smallest + 7)] * 2)))


@settings(deadline=None, max_examples=60)
@given(convolutions())
def test_a_convolution_is_what_torch_makes_of_it(case):
    conv, shape = case
    output = conv.output_shape(shape)
    assert (output, conv.parameters(), conv.multiply_adds(output)) == measured(conv, shape)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (BatchNorm(6), (6, 5, 7)),
        *[(Activation(kind), (6, 5, 7)) for kind in ACTIVATIONS],
        (GroupNorm(6, 3), (6, 5, 7)),
        (PReLU(6), (6, 5, 7)),
        (Dropout(0.5), (6, 5, 7)),
        (ChannelShuffle(3), (6, 5, 7)),
        (Pool("max", 3, 2, 1), (6, 5, 7)),
        (Pool("max", 3, 2, 1), (6, 1, 1)),
        (Pool("average", 3, 1, 1), (6, 5, 7)),
        (Pool("average", 2, 2), (6, 5, 8)),
        *[(Pool("max", 3, 2, 0, ceil=True), (6, side, side)) for side in (3, 4, 5, 6, 27, 28)],
        *[(Pool("average", 2, 2, 1, ceil=True), (6, side, side)) for side in (2, 3, 4)],
        (GlobalAverage(), (6, 5, 7)),
        (Shift(), (6, 5, 7)),
        (Shift(), (6, 1, 1)),
        (PadChannels(3), (6, 5, 7)),
        (PadPixels(2, 1), (6, 5, 7)),
    ],
)
def test_other_modules_are_what_torch_makes_of_them(layer, shape):
    output = layer.output_shape(shape)
    assert (output, layer.parameters(), layer.multiply_adds(output)) == measured(layer, shape)


def test_linear_and_flatten():
    assert Flatten().output_shape((3, 4, 5)) == (60, 1, 1)
    linear = Linear(60, 7)
    output = linear.output_shape((60, 1, 1))
    assert (output[:1], linear.parameters(), linear.multiply_adds(output)) == measured(linear, (60, 1, 1))


def test_shift_moves_one_pixel_up_and_left():
    pictures = torch.arange(6.0).reshape(1, 1, 2, 3)
    assert built(Shift())(pictures).tolist() == [[[[4.0, 5.0, 0.0], [0.0, 0.0, 0.0]]]]


def test_channels_of_zeros_come_after_the_others():
    padded = built(PadChannels(2))(torch.ones(1, 1, 2, 2))
    assert padded.tolist() == [[[[1.0, 1.0]] * 2, [[0.0, 0.0]] * 2, [[0.0, 0.0]] * 2]]


def test_average_leaves_the_padding_out():
    assert built(Pool("average", 3, 1, 1))(torch.ones(1, 1, 2, 2)).eq(1).all()


def test_layers_of_several_inputs():
    assert Add().output_shape((2, 3, 4), (2, 3, 4)) == (2, 3, 4)
    assert Concat().output_shape((2, 3, 4), (5, 3, 4), (1, 3, 4)) == (8, 3, 4)
    assert Scale().output_shape((2, 3, 4), (2, 1, 1)) == (2, 3, 4)
    assert {layer.parameters() for layer in (Add(), Concat(), Scale())} == {0}


@pytest.mark.parametrize("layer", [Add(), Concat(), Scale()])
def test_a_formula_is_no_module(layer):
    with pytest.raises(NotImplementedError, match="is an expression"):
        layer.torch_call()


@pytest.mark.parametrize(
    ("layer", "written"),
    [
        (Conv(3, 16, (3, 3), padding=(1, 1)), "nn.Conv2d(3, 16, 3, padding=1, bias=False)"),
        (
            Conv(4, 4, (1, 5), 2, (0, 2), groups=4, bias=True),
            "nn.Conv2d(4, 4, (1, 5), stride=2, padding=(0, 2), groups=4)",
        ),
        (
            Conv(4, 8, (3, 3), padding=(2, 2), dilation=2),
            "nn.Conv2d(4, 8, 3, padding=2, dilation=2, bias=False)",
        ),
        (Pool("average", 3, 2, 1), "nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)"),
        (Shift(), "nn.ZeroPad2d((-1, 1, -1, 1))"),
        (Activation("relu"), "nn.ReLU()"),
    ],
)
def test_layers_are_written_as_one_would_by_hand(layer, written):
    assert str(layer.torch_call()) == written


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda: Conv(30, 8, (3, 3), groups=4),
            r"`channels_in` \(=30\) must be divisible by `groups` \(=4\)",
        ),
        (
            lambda: Conv(8, 30, (3, 3), groups=4),
            r"`channels_out` \(=30\) must be divisible by `groups` \(=4\)",
        ),
        (lambda: Conv(3, 8, (3, 3)).output_shape((4, 9, 9)), "expected 3 input channels, got 4"),
        (
            lambda: Conv(3, 8, (5, 5)).output_shape((3, 4, 9)),
            "a window of 5 does not fit a side of 4 with padding 0",
        ),
        (lambda: Pool("max", 3).output_shape((3, 9, 2)), "a window of 3 does not fit a side of 2"),
        (lambda: BatchNorm(3).output_shape((4, 9, 9)), "BatchNorm: expected 3 channels, got 4"),
        (
            lambda: Linear(3, 2).output_shape((3, 2, 1)),
            r"expected shape \(3, 1, 1\), got \(3, 2, 1\); flatten first",
        ),
        (lambda: Add().output_shape((1, 2, 3)), r"two equal shapes, got \(1, 2, 3\)"),
        (lambda: Add().output_shape((1, 2, 3), (2, 2, 3)), r"two equal shapes, got \(1, 2, 3\), \(2, 2, 3\)"),
        (lambda: Concat().output_shape((1, 2, 3), (1, 3, 3)), "one height and width"),
        (lambda: Scale().output_shape((2, 2, 3), (1, 1, 1)), r"\(C, H, W\) and \(C, 1, 1\)"),
        (lambda: Shift().output_shape((2, 2, 3), (1, 1, 1)), "Shift: expected one input, got 2"),
    ],
)
def test_what_does_not_fit_is_said_with_numbers(attempt, message):
    with pytest.raises(SpaceError, match=message):
        attempt()


def test_unknown_kinds_are_named():
    with pytest.raises(UnknownNameError, match=r"activation 'rely' is not known.*Did you mean 'relu'\?"):
        Activation("rely")
    with pytest.raises(UnknownNameError, match="pooling 'median' is not known; known: average, max"):
        Pool("median", 3)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("channels_out", 0), ("channels_out", 4 / 2), ("stride", 0), ("dilation", 0), ("groups", 0)],
)
def test_a_convolution_has_sizes_from_one(setting, value):
    sizes = {"channels_in": 4, "channels_out": 4, "kernel": (3, 3), setting: value}
    with pytest.raises(SpaceError, match=f"Conv: expected a whole number from 1 as `{setting}`, got {value}"):
        Conv(**sizes)


def test_a_pool_has_sizes_from_one():
    with pytest.raises(SpaceError, match="Pool: expected a whole number from 1 as `stride`, got 0"):
        Pool("max", kernel=3, stride=0)
