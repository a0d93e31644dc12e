"""The other layers with weights: normalisation, linear, PReLU."""
# ruff: noqa: D102 -- what a method of a layer does stands once, at `Layer`

from dataclasses import dataclass

from search_spaces.errors import SpaceError
from search_spaces.layers.base import ModuleLayer, Shape, TorchCall, single_input


@dataclass(frozen=True, slots=True)
class BatchNorm(ModuleLayer):
    """Batch normalisation (Ioffe and Szegedy 2015). A scale and a shift a channel; at test time a linear map."""

    channels: int

    def output_shape(self, *inputs: Shape) -> Shape:
        return _of_channels(self, self.channels, inputs)

    def parameters(self) -> int:
        return 2 * self.channels

    def torch_call(self) -> TorchCall:
        return TorchCall("BatchNorm2d", (self.channels,))


@dataclass(frozen=True, slots=True)
class GroupNorm(ModuleLayer):
    """Group normalisation, of one picture over a group of channels. Wu and He 2018. A scale and a shift a channel."""

    channels: int
    groups: int

    def __post_init__(self) -> None:
        if self.channels % self.groups:
            raise SpaceError(
                f"group normalisation: `channels` (={self.channels}) must be divisible by `groups` (={self.groups})"
            )

    def output_shape(self, *inputs: Shape) -> Shape:
        return _of_channels(self, self.channels, inputs)

    def parameters(self) -> int:
        return 2 * self.channels

    def torch_call(self) -> TorchCall:
        return TorchCall("GroupNorm", (self.groups, self.channels))


@dataclass(frozen=True, slots=True)
class PReLU(ModuleLayer):
    """max(x, 0) + a min(x, 0), a learnt for each channel. He et al. 2015, section 2.1."""

    channels: int

    def output_shape(self, *inputs: Shape) -> Shape:
        return _of_channels(self, self.channels, inputs)

    def parameters(self) -> int:
        return self.channels

    def torch_call(self) -> TorchCall:
        return TorchCall("PReLU", (self.channels,))


@dataclass(frozen=True, slots=True)
class Linear(ModuleLayer):
    """A fully connected layer with bias, after `Flatten`."""

    features_in: int
    features_out: int

    def __post_init__(self) -> None:
        if self.features_out < 1:
            raise SpaceError(
                f"linear layer: expected at least 1 feature to come out, got {self.features_out}"
            )

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = single_input(self, inputs)
        if shape != (self.features_in, 1, 1):
            raise SpaceError(
                f"linear layer: expected shape {(self.features_in, 1, 1)}, got {shape}; flatten first"
            )
        return (self.features_out, 1, 1)

    def parameters(self) -> int:
        return (self.features_in + 1) * self.features_out

    def multiply_adds(self, output: Shape) -> int:  # noqa: ARG002
        return self.features_in * self.features_out

    def torch_call(self) -> TorchCall:
        return TorchCall("Linear", (self.features_in, self.features_out))


def _of_channels(layer: object, channels: int, inputs: tuple[Shape, ...]) -> Shape:
    shape = single_input(layer, inputs)
    if shape[0] != channels:
        raise SpaceError(f"{type(layer).__name__}: expected {channels} channels, got {shape[0]}")
    return shape
