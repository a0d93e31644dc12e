"""The blocks of the mobile space: three kinds, each with or without excitation, and three ways past them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from search_spaces.graph import GraphBuilder, Value
from search_spaces.operations.attention import excite
from search_spaces.operations.convolution import conv_norm_act
from search_spaces.operations.mobile import GATE_NARROWING
from search_spaces.operations.separable import depthwise


@dataclass(frozen=True, slots=True)
class MobileBlock:
    """One block. `kind` is one of `KINDS`, `skip` one of `SKIPS`; what has no effect has the value of nothing."""

    kind: str
    kernel: int
    expansion: int
    is_excited: bool
    skip: str
    channels: int
    stride: int

    @classmethod
    def effective(
        cls,
        kind: str,
        skip: str,
        *,
        kernel: int,
        expansion: int,
        is_excited: bool,
        channels_in: int,
        channels_out: int,
        stride: int,
    ) -> "MobileBlock":
        """Returns the block that comes of these choices after a value of `channels_in`."""
        if not KINDS[kind].expands:
            expansion = 1
        if channels_in != channels_out or stride not in SKIPS[skip].strides:
            skip = NO_SKIP
        return cls(kind, kernel, expansion, is_excited, skip, channels_out, stride)

    def __str__(self) -> str:
        parts = [f"{self.kind} {self.kernel}x{self.kernel}"]
        parts += [f"expansion {self.expansion}"] * (self.expansion > 1)
        parts += ["excited"] * self.is_excited
        parts += [f"skip {self.skip}"] * (self.skip != NO_SKIP)
        return ", ".join(parts) + (f" / {self.stride}" if self.stride > 1 else "")


Body = Callable[[GraphBuilder, Value, MobileBlock], Value]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of block, and whether it has an expansion."""

    body: Body
    expands: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """What is added to a block's output, and at which strides its shape allows that."""

    add: Callable[[GraphBuilder, Value, Value, int], Value]
    strides: tuple[int, ...]


def add_block(g: GraphBuilder, x: Value, block: MobileBlock) -> Value:
    """skip(x) + body(x): (C, H, W) to (block.channels, ceil(H / stride), ceil(W / stride))."""
    with g.scope("body"):
        y = KINDS[block.kind].body(g, x, block)
    return SKIPS[block.skip].add(g, x, y, block.stride)


def head(g: GraphBuilder, x: Value, channels: int, classes: int) -> Value:
    """linear(mean(act(norm(conv1x1(x))))): (C, H, W) to (classes, 1, 1)."""
    return g.classifier(conv_norm_act(g, x, channels), classes=classes)


def _convolution(g: GraphBuilder, x: Value, block: MobileBlock) -> Value:
    """excite(act(norm(conv(x)))). The gate's middle is a quarter of the output."""
    x = conv_norm_act(g, x, block.channels, kernel=block.kernel, stride=block.stride)
    return excite(g, x, reduction=GATE_NARROWING) if block.is_excited else x


def _separable(g: GraphBuilder, x: Value, block: MobileBlock) -> Value:
    """norm(conv1x1(excite(act(norm(depthwise(x)))))). Howard et al. 2017, figure 3, its end linear."""
    x = g.activation(g.norm(depthwise(g, x, kernel=block.kernel, stride=block.stride)))
    if block.is_excited:
        x = excite(g, x, reduction=GATE_NARROWING * block.expansion)
    return g.norm(g.conv(x, block.channels, kernel=1))


def _inverted(g: GraphBuilder, x: Value, block: MobileBlock) -> Value:
    """The separable block of act(norm(conv1x1(x))), `expansion` times wider. Sandler et al. 2018, section 3.3."""
    return _separable(g, conv_norm_act(g, x, block.expansion * x.channels), block)


def _nothing(g: GraphBuilder, x: Value, y: Value, stride: int) -> Value:  # noqa: ARG001
    return y


def _input(g: GraphBuilder, x: Value, y: Value, stride: int) -> Value:  # noqa: ARG001
    return g.add(x, y)


def _pooled(g: GraphBuilder, x: Value, y: Value, stride: int) -> Value:
    return g.add(g.pool(x, "average", kernel=3, stride=stride), y)


KINDS: Mapping[str, Kind] = {
    "conv": Kind(_convolution),
    "separable": Kind(_separable),
    "inverted": Kind(_inverted, expands=True),
}
NO_SKIP = "none"
SKIPS: Mapping[str, Skip] = {
    NO_SKIP: Skip(_nothing, strides=(1, 2)),
    "identity": Skip(_input, strides=(1,)),
    "pool": Skip(_pooled, strides=(1, 2)),
}
