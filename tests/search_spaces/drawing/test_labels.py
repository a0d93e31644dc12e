"""What layers are called."""

from dataclasses import dataclass

import pytest

from search_spaces import layers
from search_spaces.drawing.labels import is_depthwise, layer_label, shape_label
from search_spaces.layers import Activation, BatchNorm, Conv, GlobalAverage, GroupNorm, Layer, Pool, PReLU
from search_spaces.layers.base import ModuleLayer


@dataclass(frozen=True, slots=True)
class LocalResponseLike(ModuleLayer):
    """A layer of a user's own, which no table has."""

    def output_shape(self, *inputs: layers.Shape) -> layers.Shape:
        return inputs[0]

    def torch_call(self) -> layers.TorchCall:
        return layers.TorchCall("Identity")


@pytest.mark.parametrize(
    ("layer", "label"),
    [
        (Conv(16, 32, (3, 3), padding=(1, 1)), "conv 3x3"),
        (Conv(16, 32, (1, 7), 2, padding=(0, 3)), "conv 1x7 /2"),
        (Conv(16, 32, (3, 3), dilation=2), "conv 3x3 dilation 2"),
        (Conv(16, 32, (3, 3), 2, groups=4), "conv 3x3 in 4 groups /2"),
        (Conv(16, 16, (5, 5), groups=16), "depthwise 5x5"),
        (Conv(1, 6, (5, 5)), "conv 5x5"),
        (Pool("max", 3, 2), "max pool 3x3 /2"),
        (Pool("average", 2), "average pool 2x2"),
        (BatchNorm(16), "BN"),
        (GroupNorm(16, 4), "group norm"),
        (PReLU(16), "PReLU"),
        (Activation("silu"), "SiLU"),
        (GlobalAverage(), "global average"),
        (layers.Add(), "+"),
        (layers.Scale(), "×"),
        (layers.Multiply(), "×"),
        (layers.Concat(), "concat"),
        (layers.Rescale(0.2), "× 0.2"),
        (layers.Rescale(1 / 3), "× 0.333"),
        (layers.Complement(), "1 − x"),
        (layers.Slice(8, 16), "channels 8…15"),
        (LocalResponseLike(), "local response like"),
    ],
    ids=repr,
)
def test_labels(layer: Layer, label: str) -> None:
    assert layer_label(layer) == label


def test_a_vector_has_a_length_and_a_picture_a_size() -> None:
    assert shape_label((64, 16, 8)) == "64x16x8"
    assert shape_label((10, 1, 1)) == "10"


def test_a_convolution_of_one_channel_is_not_depthwise() -> None:
    assert is_depthwise(Conv(8, 16, (3, 3), groups=8))
    assert not is_depthwise(Conv(1, 16, (3, 3)))
    assert not is_depthwise(BatchNorm(8))
