"""What a layer is: its shapes, its costs, and how torch spells it."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from search_spaces.errors import SpaceError

Shape = tuple[int, int, int]
Pair = tuple[int, int]


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
    which are variables or calls: "{0} + {1}" or, for any number of them, with "{all}" for the comma-separated list.
    """

    @property
    def formula(self) -> str | None:
        """The expression, or None."""
        ...

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


class ModuleLayer:
    """A layer with one input and no weights that torch has a module for; what the others override."""

    __slots__ = ()
    formula: ClassVar[str | None] = None

    def parameters(self) -> int:
        """Returns 0."""
        return 0

    def multiply_adds(self, output: Shape) -> int:  # noqa: ARG002
        """Returns 0."""
        return 0


class FormulaLayer:
    """A layer that is one Python expression, without weights."""

    __slots__ = ()

    def parameters(self) -> int:
        """Returns 0."""
        return 0

    def multiply_adds(self, output: Shape) -> int:  # noqa: ARG002
        """Returns 0."""
        return 0

    def torch_call(self) -> TorchCall:
        """Raises `NotImplementedError`."""
        raise NotImplementedError(f"{self!r} is an expression, not a module")


def check_sizes(layer: object, *names: str) -> None:
    """Raises `SpaceError` that names the field where one of these is no whole number from 1."""
    for name in names:
        size = getattr(layer, name)
        if not isinstance(size, int) or size < 1:
            raise SpaceError(
                f"{type(layer).__name__}: expected a whole number from 1 as `{name}`, got {size!r}"
            )


def single_input(layer: object, inputs: tuple[Shape, ...]) -> Shape:
    """Returns the one shape, or raises `SpaceError`."""
    if len(inputs) != 1:
        raise SpaceError(f"{type(layer).__name__}: expected one input, got {len(inputs)}")
    return inputs[0]
