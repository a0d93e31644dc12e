"""What an operation is, and the one table of all that are known by name.

Built-in operations are registered when this package is imported, a user's own when their file is (see
`search_spaces.registry.load_plugin`).
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

from search_spaces.errors import SpaceError
from search_spaces.graph import GraphBuilder, Value
from search_spaces.installed import find_registered


class Build(Protocol):
    """How an operation is built."""

    def __call__(self, g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        """Adds the layers from `x` of shape (C, H, W) to (channels_out, ceil(H / stride), ceil(W / stride)).

        `stride` is 1 or 2. What it costs follows from the layers. The first line of the docstring is the formula.
        """
        ...


@dataclass(frozen=True, slots=True)
class Operation:
    """A named way from one value to another. Two of one name are equal: an operation that travelled is still itself."""

    name: str
    family: str
    build: Build = field(compare=False, repr=False)

    @property
    def block(self) -> Callable[..., Value]:
        """What `@operation` stands above: one function for all operations that differ in its parameters alone."""
        return self.build.func if isinstance(self.build, partial) else self.build

    @property
    def formula(self) -> str:
        """What it computes, such as "norm(conv3x3(act(x)))": the first line of the block's docstring, or ""."""
        first = (inspect.getdoc(self.block) or "").partition("\n")[0].removesuffix(".")
        parameters = self.build.keywords if isinstance(self.build, partial) else {}
        for name, value in parameters.items():
            first = first.replace(f"{{{name}}}", str(value))
        return first

    @property
    def notes(self) -> str:
        """What the docstring says below the formula, in one line: the source, and what else is to be known."""
        return " ".join((inspect.getdoc(self.block) or "").partition("\n")[2].split())

    def add_to(self, g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        """Adds the operation's layers after `x`; raises `SpaceError` where its rule does not allow these channels.

        So it does where another shape comes out than must.
        """
        try:
            output = self.build(g, x, channels_out, stride=stride)
        except SpaceError as error:
            raise SpaceError(f"operation {self.name!r}: {error}") from error
        expected = (channels_out, *(-(-side // stride) for side in x.shape[1:]))
        shape = getattr(output, "shape", None)  # another person's code may have forgotten to return it
        if shape != expected:
            raise SpaceError(
                f"operation {self.name!r}, stride {stride}: expected {expected} to come of {x.shape}, got {shape}"
            )
        return output


OPERATIONS: dict[str, Operation] = {}

BuildFunction = TypeVar("BuildFunction", bound=Callable[..., Value])


def operation(name: str, *, family: str, **parameters: int) -> Callable[[BuildFunction], BuildFunction]:
    """Registers the function below under `name`; the function itself stays what it was.

    A function with further arguments gets them from `parameters`, and so does its formula:

    >>> @operation("conv_9x9", family="convolution", kernel=9)  # doctest: +SKIP
    ... @operation("conv_11x11", family="convolution", kernel=11)
    ... def conv(g: GraphBuilder, x: Value, channels_out: int, *, stride: int, kernel: int) -> Value:
    ...     '''norm(conv{kernel}x{kernel}(act(x))).'''
    ...     return g.norm(g.conv(g.activation(x), channels_out, kernel=kernel, stride=stride))
    """
    if not name.isidentifier():
        raise SpaceError(f"operation: expected a name of letters, digits and underscores, got {name!r}")

    def register(build: BuildFunction) -> BuildFunction:
        if name in OPERATIONS:
            raise SpaceError(f"operation {name!r} is registered already; choose another name")
        _check_signature(name, build, parameters)
        OPERATIONS[name] = Operation(name, family, partial(build, **parameters) if parameters else build)
        return build

    return register


def _check_signature(name: str, build: Callable[..., Value], parameters: Mapping[str, int]) -> None:
    """Raises `SpaceError` for a function that, given the parameters, cannot be called as a `Build` is."""
    signature = inspect.signature(build)
    try:
        signature.bind(None, None, 1, stride=1, **parameters)
    except TypeError as error:
        raise SpaceError(
            f"operation {name!r}: expected a function of (g, x, channels_out, *, stride), any further arguments given "
            f"to `@operation`; got ({', '.join(signature.parameters)}): {error}"
        ) from error


def find_operations(names: Iterable[str]) -> tuple[Operation, ...]:
    """Returns the operations of these names, in their order; raises `UnknownNameError` with the nearest known name."""
    return tuple(find_registered("operation", name, OPERATIONS) for name in names)
