"""What an operation is, and the one table of all that are known by name.

Built-in operations are registered when this package is imported, a user's own when their file is (see
`search_spaces.registry.load_plugin`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from search_spaces.errors import SpaceError, unknown_name
from search_spaces.graph import GraphBuilder, Value


class Build(Protocol):
    """What `@operation` stands above."""

    def __call__(self, g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        """Adds the layers from `x` of shape (C, H, W) to (channels_out, ceil(H / stride), ceil(W / stride)).

        `stride` is 1 or 2. What it costs follows from the layers.
        """
        ...


@dataclass(frozen=True, slots=True)
class Operation:
    """A named way from one value to another. Two of one name are equal: an operation that travelled is still itself."""

    name: str
    family: str
    build: Build = field(compare=False, repr=False)

    def add_to(self, g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
        """Adds the operation's layers after `x`; raises `SpaceError` where another shape comes out than must."""
        output = self.build(g, x, channels_out, stride=stride)
        expected = (channels_out, *(-(-side // stride) for side in x.shape[1:]))
        if output.shape != expected:
            raise SpaceError(
                f"operation {self.name!r}, stride {stride}: expected {expected} to come of {x.shape}, "
                f"got {output.shape}"
            )
        return output


OPERATIONS: dict[str, Operation] = {}

BuildFunction = TypeVar("BuildFunction", bound=Build)


def operation(name: str, *, family: str) -> Callable[[BuildFunction], BuildFunction]:
    """Registers the function below under `name`; the function itself stays what it was.

    >>> @operation("conv_7x7", family="convolution")  # doctest: +SKIP
    ... def conv_7x7(g: GraphBuilder, x: Value, channels_out: int, *, stride: int) -> Value:
    ...     return g.norm(g.conv(g.relu(x), channels_out, kernel=7, stride=stride))
    """
    if not name.isidentifier():
        raise SpaceError(f"operation: expected a name of letters, digits and underscores, got {name!r}")

    def register(build: BuildFunction) -> BuildFunction:
        if name in OPERATIONS:
            raise SpaceError(f"operation {name!r} is registered already; choose another name")
        OPERATIONS[name] = Operation(name, family, build)
        return build

    return register


def find_operations(names: Iterable[str]) -> tuple[Operation, ...]:
    """Returns the operations of these names, in their order; raises `UnknownNameError` with the nearest known name."""
    return tuple(_get(name) for name in names)


def _get(name: str) -> Operation:
    if name not in OPERATIONS:
        raise unknown_name("operation", name, OPERATIONS)
    return OPERATIONS[name]
