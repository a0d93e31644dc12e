"""Layers that slide a window over the picture: convolution and pooling.

Sizes follow floor((size - effective kernel + 2 padding) / stride) + 1.
"""
# ruff: noqa: D102 -- what a method of a layer does stands once, at `Layer`

from dataclasses import dataclass

from search_spaces.errors import SpaceError, unknown_name
from search_spaces.layers.base import ModuleLayer, Pair, Shape, TorchCall, check_sizes, single_input

POOLS = {"max": "MaxPool2d", "average": "AvgPool2d"}


@dataclass(frozen=True, slots=True)
class Conv(ModuleLayer):
    """Convolution in `groups` groups. Weights: C_out C_in Kh Kw / groups, and C_out with a bias.

    The bias is `bias_start` before training; a gate that shall be closed at first starts below zero.
    """

    channels_in: int
    channels_out: int
    kernel: Pair
    stride: int = 1
    padding: Pair = (0, 0)
    dilation: int = 1
    groups: int = 1
    bias: bool = False
    bias_start: float = 0.0

    def __post_init__(self) -> None:
        check_sizes(self, "channels_in", "channels_out", "stride", "dilation", "groups")
        for field in ("channels_in", "channels_out"):
            if getattr(self, field) % self.groups:
                raise SpaceError(
                    f"convolution: `{field}` (={getattr(self, field)}) must be divisible by `groups` (={self.groups})"
                )

    def output_shape(self, *inputs: Shape) -> Shape:
        (channels, height, width) = single_input(self, inputs)
        if channels != self.channels_in:
            raise SpaceError(f"convolution: expected {self.channels_in} input channels, got {channels}")
        return (
            self.channels_out,
            slide(self, height, self.dilation * (self.kernel[0] - 1) + 1, self.stride, self.padding[0]),
            slide(self, width, self.dilation * (self.kernel[1] - 1) + 1, self.stride, self.padding[1]),
        )

    def parameters(self) -> int:
        return self._weights() + (self.channels_out if self.bias else 0)

    def multiply_adds(self, output: Shape) -> int:
        return self._weights() * output[1] * output[2]

    def torch_call(self) -> TorchCall:
        defaults = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True}
        options = {
            "stride": self.stride,
            "padding": short(self.padding),
            "dilation": self.dilation,
            "groups": self.groups,
            "bias": self.bias,
        }
        changed = tuple((key, value) for key, value in options.items() if value != defaults[key])
        return TorchCall("Conv2d", (self.channels_in, self.channels_out, short(self.kernel)), changed)

    def _weights(self) -> int:
        return self.channels_out * (self.channels_in // self.groups) * self.kernel[0] * self.kernel[1]


@dataclass(frozen=True, slots=True)
class Pool(ModuleLayer):
    """Largest or mean value of a window. The mean leaves the padding out, as in NASNet.

    With `ceil` a last window may reach over the edge, as in Caffe and the networks first trained with it.
    """

    kind: str
    kernel: int
    stride: int = 1
    padding: int = 0
    ceil: bool = False

    def __post_init__(self) -> None:
        if self.kind not in POOLS:
            raise unknown_name("pooling", self.kind, POOLS)
        check_sizes(self, "kernel", "stride")

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = single_input(self, inputs)
        return (
            channels,
            slide(self, height, self.kernel, self.stride, self.padding, ceil=self.ceil),
            slide(self, width, self.kernel, self.stride, self.padding, ceil=self.ceil),
        )

    def torch_call(self) -> TorchCall:
        options: list[tuple[str, object]] = [("stride", self.stride), ("padding", self.padding)]
        if self.kind == "average" and self.padding:
            options.append(("count_include_pad", False))
        if self.ceil:
            options.append(("ceil_mode", True))
        return TorchCall(POOLS[self.kind], (self.kernel,), tuple(options))


def slide(layer: object, size: int, window: int, stride: int, padding: int, *, ceil: bool = False) -> int:
    """Returns how many places a window has along a side; with `ceil` also a last one that is partly outside."""
    if size + 2 * padding < window:
        raise SpaceError(
            f"{type(layer).__name__}: a window of {window} does not fit a side of {size} with padding {padding}; "
            "use larger pictures or fewer reductions"
        )
    places, rest = divmod(size - window + 2 * padding, stride)
    starts_inside = (places + 1) * stride < size + padding
    return places + 1 + int(ceil and rest > 0 and starts_inside)


def as_pair(size: int | Pair) -> Pair:
    """Writes 3 as (3, 3): the same for height and width."""
    return (size, size) if isinstance(size, int) else size


def short(pair: Pair) -> int | Pair:
    """Writes (3, 3) as 3, the way one would by hand."""
    return pair[0] if pair[0] == pair[1] else pair
