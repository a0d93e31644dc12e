"""The primitive layers that every network is made of: what each one computes, what it costs, and its torch spelling.

A shape is (channels, height, width) of one picture. A multiply-add counts as one; only convolutions and linear layers
have any, as in the tables of the literature and in `torch.utils.flop_counter` (which counts each as two).
Sizes follow floor((size - effective kernel + 2 padding) / stride) + 1.
"""
# ruff: noqa: D102 -- what a method of a layer does stands once, at `Layer`

from dataclasses import dataclass
from typing import ClassVar, Protocol

from search_spaces.errors import SpaceError, unknown_name

Shape = tuple[int, int, int]
Pair = tuple[int, int]

ACTIVATIONS = {"relu": "ReLU", "sigmoid": "Sigmoid"}
POOLS = {"max": "MaxPool2d", "average": "AvgPool2d"}


@dataclass(frozen=True, slots=True)
class TorchCall:
    """How torch spells a layer: `nn.<name>(*arguments, **options)`, used both to build it and to write its source."""

    name: str
    arguments: tuple[object, ...] = ()
    options: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        written = [repr(value) for value in self.arguments]
        written += [f"{key}={value!r}" for key, value in self.options]
        return f"nn.{self.name}({', '.join(written)})"


class Layer(Protocol):
    """A primitive layer: a frozen value, so that two layers that compute alike are equal.

    `formula` is None for a layer that torch has a module for; otherwise it is a Python expression over its inputs,
    "{0} + {1}" or, for any number of inputs, with "{all}" for the comma-separated list.
    """

    formula: ClassVar[str | None]

    def output_shape(self, *inputs: Shape) -> Shape:
        """Returns the shape that comes out, or raises `SpaceError` where the inputs do not fit."""
        ...

    def parameters(self) -> int:
        """Returns how many numbers are learnt."""
        ...

    def multiply_adds(self, output: Shape) -> int:
        """Returns the multiply-adds for one picture, given the output shape."""
        ...

    def torch_call(self) -> TorchCall:
        """Returns the torch module; raises `NotImplementedError` for a layer with a `formula`."""
        ...


class _Module:
    """A layer with one input and no weights that torch has a module for; what the others override."""

    __slots__ = ()
    formula: ClassVar[str | None] = None

    def parameters(self) -> int:
        return 0

    def multiply_adds(self, output: Shape) -> int:  # noqa: ARG002
        return 0


class _Formula(_Module):
    """A layer with several inputs that is one Python expression."""

    __slots__ = ()

    def torch_call(self) -> TorchCall:
        raise NotImplementedError(f"{type(self).__name__} is the expression {self.formula!r}, not a module")


@dataclass(frozen=True, slots=True)
class Conv(_Module):
    """Convolution in `groups` groups. Weights: C_out C_in Kh Kw / groups, and C_out with a bias."""

    channels_in: int
    channels_out: int
    kernel: Pair
    stride: int = 1
    padding: Pair = (0, 0)
    dilation: int = 1
    groups: int = 1
    bias: bool = False

    def __post_init__(self) -> None:
        for field in ("channels_in", "channels_out"):
            if getattr(self, field) % self.groups:
                raise SpaceError(
                    f"convolution: `{field}` (={getattr(self, field)}) must be divisible by `groups` (={self.groups})"
                )

    def output_shape(self, *inputs: Shape) -> Shape:
        (channels, height, width) = _single(self, inputs)
        if channels != self.channels_in:
            raise SpaceError(f"convolution: expected {self.channels_in} input channels, got {channels}")
        return (
            self.channels_out,
            _slide(self, height, self.dilation * (self.kernel[0] - 1) + 1, self.stride, self.padding[0]),
            _slide(self, width, self.dilation * (self.kernel[1] - 1) + 1, self.stride, self.padding[1]),
        )

    def parameters(self) -> int:
        return self._weights() + (self.channels_out if self.bias else 0)

    def multiply_adds(self, output: Shape) -> int:
        return self._weights() * output[1] * output[2]

    def torch_call(self) -> TorchCall:
        defaults = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True}
        options = {
            "stride": self.stride,
            "padding": _short(self.padding),
            "dilation": self.dilation,
            "groups": self.groups,
            "bias": self.bias,
        }
        changed = tuple((key, value) for key, value in options.items() if value != defaults[key])
        return TorchCall("Conv2d", (self.channels_in, self.channels_out, _short(self.kernel)), changed)

    def _weights(self) -> int:
        return self.channels_out * (self.channels_in // self.groups) * self.kernel[0] * self.kernel[1]


@dataclass(frozen=True, slots=True)
class BatchNorm(_Module):
    """Batch normalisation (Ioffe and Szegedy 2015). A scale and a shift a channel; at test time a linear map."""

    channels: int

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = _single(self, inputs)
        if shape[0] != self.channels:
            raise SpaceError(f"batch normalisation: expected {self.channels} channels, got {shape[0]}")
        return shape

    def parameters(self) -> int:
        return 2 * self.channels

    def torch_call(self) -> TorchCall:
        return TorchCall("BatchNorm2d", (self.channels,))


@dataclass(frozen=True, slots=True)
class Activation(_Module):
    """An elementwise function, one of `ACTIVATIONS`."""

    kind: str

    def __post_init__(self) -> None:
        if self.kind not in ACTIVATIONS:
            raise unknown_name("activation", self.kind, ACTIVATIONS)

    def output_shape(self, *inputs: Shape) -> Shape:
        return _single(self, inputs)

    def torch_call(self) -> TorchCall:
        return TorchCall(ACTIVATIONS[self.kind])


@dataclass(frozen=True, slots=True)
class Pool(_Module):
    """Largest or mean value of a window. The mean leaves the padding out, as in NASNet."""

    kind: str
    kernel: int
    stride: int = 1
    padding: int = 0

    def __post_init__(self) -> None:
        if self.kind not in POOLS:
            raise unknown_name("pooling", self.kind, POOLS)

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = _single(self, inputs)
        return (
            channels,
            _slide(self, height, self.kernel, self.stride, self.padding),
            _slide(self, width, self.kernel, self.stride, self.padding),
        )

    def torch_call(self) -> TorchCall:
        options: list[tuple[str, object]] = [("stride", self.stride), ("padding", self.padding)]
        if self.kind == "average" and self.padding:
            options.append(("count_include_pad", False))
        return TorchCall(POOLS[self.kind], (self.kernel,), tuple(options))


@dataclass(frozen=True, slots=True)
class GlobalAverage(_Module):
    """Mean over height and width: (C, H, W) to (C, 1, 1)."""

    def output_shape(self, *inputs: Shape) -> Shape:
        return (_single(self, inputs)[0], 1, 1)

    def torch_call(self) -> TorchCall:
        return TorchCall("AdaptiveAvgPool2d", (1,))


@dataclass(frozen=True, slots=True)
class Shift(_Module):
    """Drops the first row and column and adds zeros at the end: the other half of a factorised reduction."""

    def output_shape(self, *inputs: Shape) -> Shape:
        return _single(self, inputs)

    def torch_call(self) -> TorchCall:
        return TorchCall("ZeroPad2d", ((-1, 1, -1, 1),))


@dataclass(frozen=True, slots=True)
class Flatten(_Module):
    """All numbers of a picture in one row: (C, H, W) to (C H W, 1, 1), in torch (batch, C H W)."""

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = _single(self, inputs)
        return (channels * height * width, 1, 1)

    def torch_call(self) -> TorchCall:
        return TorchCall("Flatten")


@dataclass(frozen=True, slots=True)
class Linear(_Module):
    """A fully connected layer with bias, after `Flatten`."""

    features_in: int
    features_out: int

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = _single(self, inputs)
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


@dataclass(frozen=True, slots=True)
class Add(_Formula):
    """Sum of two equal shapes."""

    formula: ClassVar[str | None] = "{0} + {1}"

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs) != 2 or inputs[0] != inputs[1]:
            raise SpaceError(f"addition: expected two equal shapes, got {', '.join(map(str, inputs))}")
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Concat(_Formula):
    """Channels of all inputs one after the other."""

    formula: ClassVar[str | None] = "torch.cat([{all}], dim=1)"

    def output_shape(self, *inputs: Shape) -> Shape:
        if len({shape[1:] for shape in inputs}) != 1:
            raise SpaceError(
                f"concatenation: expected one height and width, got {', '.join(map(str, inputs))}"
            )
        return (sum(shape[0] for shape in inputs), *inputs[0][1:])


@dataclass(frozen=True, slots=True)
class Scale(_Formula):
    """Multiplies every channel of the first input by its gate, the second input of shape (C, 1, 1)."""

    formula: ClassVar[str | None] = "{0} * {1}"

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs) != 2 or inputs[1] != (inputs[0][0], 1, 1):
            raise SpaceError(f"scaling: expected (C, H, W) and (C, 1, 1), got {', '.join(map(str, inputs))}")
        return inputs[0]


def _single(layer: object, inputs: tuple[Shape, ...]) -> Shape:
    if len(inputs) != 1:
        raise SpaceError(f"{type(layer).__name__}: expected one input, got {len(inputs)}")
    return inputs[0]


def _slide(layer: object, size: int, window: int, stride: int, padding: int) -> int:
    if size + 2 * padding < window:
        raise SpaceError(
            f"{type(layer).__name__}: a window of {window} does not fit a side of {size} with padding {padding}; "
            "use larger pictures or fewer reductions"
        )
    return (size - window + 2 * padding) // stride + 1


def _short(pair: Pair) -> int | Pair:
    """Writes (3, 3) as 3, the way one would by hand."""
    return pair[0] if pair[0] == pair[1] else pair
