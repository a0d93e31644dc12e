"""Layers with one input and no weights that torch has a module for."""
# ruff: noqa: D102 -- what a method of a layer does stands once, at `Layer`

from dataclasses import dataclass

from search_spaces.errors import SpaceError, unknown_name
from search_spaces.layers.base import ModuleLayer, Shape, TorchCall, single_input

ACTIVATIONS = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "silu": "SiLU",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
}


@dataclass(frozen=True, slots=True)
class Activation(ModuleLayer):
    """An elementwise function, one of `ACTIVATIONS`."""

    kind: str

    def __post_init__(self) -> None:
        if self.kind not in ACTIVATIONS:
            raise unknown_name("activation", self.kind, ACTIVATIONS)

    def output_shape(self, *inputs: Shape) -> Shape:
        return single_input(self, inputs)

    def torch_call(self) -> TorchCall:
        return TorchCall(ACTIVATIONS[self.kind])


@dataclass(frozen=True, slots=True)
class GlobalAverage(ModuleLayer):
    """Mean over height and width: (C, H, W) to (C, 1, 1)."""

    def output_shape(self, *inputs: Shape) -> Shape:
        return (single_input(self, inputs)[0], 1, 1)

    def torch_call(self) -> TorchCall:
        return TorchCall("AdaptiveAvgPool2d", (1,))


@dataclass(frozen=True, slots=True)
class Shift(ModuleLayer):
    """Drops the first row and column and adds zeros at the end: the other half of a factorised reduction."""

    def output_shape(self, *inputs: Shape) -> Shape:
        return single_input(self, inputs)

    def torch_call(self) -> TorchCall:
        return TorchCall("ZeroPad2d", ((-1, 1, -1, 1),))


@dataclass(frozen=True, slots=True)
class PadChannels(ModuleLayer):
    """Zeros in `added` further channels, after the last. He et al. 2016, section 3.3, shortcut of option A."""

    added: int

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = single_input(self, inputs)
        return (channels + self.added, height, width)

    def torch_call(self) -> TorchCall:
        return TorchCall("ZeroPad3d", ((0, 0, 0, 0, 0, self.added),))


@dataclass(frozen=True, slots=True)
class PadPixels(ModuleLayer):
    """Zeros in further rows below the last and columns to the right. Zoph and Le 2017, section 3.3."""

    rows: int
    columns: int

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = single_input(self, inputs)
        return (channels, height + self.rows, width + self.columns)

    def torch_call(self) -> TorchCall:
        return TorchCall("ZeroPad2d", ((0, self.columns, 0, self.rows),))


@dataclass(frozen=True, slots=True)
class Flatten(ModuleLayer):
    """All numbers of a picture in one row: (C, H, W) to (C H W, 1, 1), in torch (batch, C H W)."""

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = single_input(self, inputs)
        return (channels * height * width, 1, 1)

    def torch_call(self) -> TorchCall:
        return TorchCall("Flatten")


@dataclass(frozen=True, slots=True)
class Dropout(ModuleLayer):
    """In training sets each number to zero with this probability and scales the rest up. Srivastava et al. 2014."""

    probability: float

    def output_shape(self, *inputs: Shape) -> Shape:
        return single_input(self, inputs)

    def torch_call(self) -> TorchCall:
        return TorchCall("Dropout", (self.probability,))


@dataclass(frozen=True, slots=True)
class ChannelShuffle(ModuleLayer):
    """Deals the channels of `groups` groups out in turn: 0 1 2 3 4 5 in two groups become 0 3 1 4 2 5.

    Zhang et al. 2018, section 3.1 (ShuffleNet).
    """

    groups: int

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = single_input(self, inputs)
        if shape[0] % self.groups:
            raise SpaceError(
                f"channel shuffle: the number of channels (={shape[0]}) must be divisible by `groups` (={self.groups})"
            )
        return shape

    def torch_call(self) -> TorchCall:
        return TorchCall("ChannelShuffle", (self.groups,))
