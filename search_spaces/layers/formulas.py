"""Layers without weights that are one Python expression over their inputs."""
# ruff: noqa: D102 -- what a method of a layer does stands once, at `Layer`

from dataclasses import dataclass
from typing import ClassVar

from search_spaces.errors import SpaceError
from search_spaces.layers.base import FormulaLayer, Shape, single_input


@dataclass(frozen=True, slots=True)
class Add(FormulaLayer):
    """Sum of two equal shapes."""

    formula: ClassVar[str | None] = "{0} + {1}"

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs) != 2 or inputs[0] != inputs[1]:
            raise SpaceError(f"addition: expected two equal shapes, got {', '.join(map(str, inputs))}")
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Concat(FormulaLayer):
    """Channels of all inputs one after the other."""

    formula: ClassVar[str | None] = "torch.cat([{all}], dim=1)"

    def output_shape(self, *inputs: Shape) -> Shape:
        if len({shape[1:] for shape in inputs}) != 1:
            raise SpaceError(
                f"concatenation: expected one height and width, got {', '.join(map(str, inputs))}"
            )
        return (sum(shape[0] for shape in inputs), *inputs[0][1:])


@dataclass(frozen=True, slots=True)
class Scale(FormulaLayer):
    """Multiplies every channel of the first input by its gate, the second input of shape (C, 1, 1)."""

    formula: ClassVar[str | None] = "{0} * {1}"

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs) != 2 or inputs[1] != (inputs[0][0], 1, 1):
            raise SpaceError(f"scaling: expected (C, H, W) and (C, 1, 1), got {', '.join(map(str, inputs))}")
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Multiply(FormulaLayer):
    """Product, number by number, of two equal shapes."""

    formula: ClassVar[str | None] = "{0} * {1}"

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs) != 2 or inputs[0] != inputs[1]:
            raise SpaceError(f"product: expected two equal shapes, got {', '.join(map(str, inputs))}")
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Complement(FormulaLayer):
    """1 - x: what a gate holds back."""

    formula: ClassVar[str | None] = "1 - {0}"

    def output_shape(self, *inputs: Shape) -> Shape:
        return single_input(self, inputs)


@dataclass(frozen=True, slots=True)
class Zero(FormulaLayer):
    """Zeros of the input's shape: an edge that is there and carries nothing."""

    formula: ClassVar[str | None] = "torch.zeros_like({0})"

    def output_shape(self, *inputs: Shape) -> Shape:
        return single_input(self, inputs)


@dataclass(frozen=True, slots=True)
class Rescale(FormulaLayer):
    """The input times a constant."""

    factor: float

    @property
    def formula(self) -> str | None:
        """The product."""
        return f"{self.factor!r} * {{0}}"

    def output_shape(self, *inputs: Shape) -> Shape:
        return single_input(self, inputs)


@dataclass(frozen=True, slots=True)
class Slice(FormulaLayer):
    """Channels `start` to `stop`, the last one not included."""

    start: int
    stop: int

    @property
    def formula(self) -> str | None:
        """The channels of a (batch, channels, ...) tensor."""
        return f"{{0}}[:, {self.start}:{self.stop}]"

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = single_input(self, inputs)
        if not 0 <= self.start < self.stop <= channels:
            raise SpaceError(
                f"slice: expected a part of channels 0 to {channels}, got {self.start} to {self.stop}"
            )
        return (self.stop - self.start, height, width)
