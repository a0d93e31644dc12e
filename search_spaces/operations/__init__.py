"""The operations that a cell is made of, one file a family. `BUILT_IN` has the names of them all."""

from search_spaces.operations import (
    attention,
    convolution,
    grouped,
    identity,
    inception,
    pooling,
    residual,
    separable,
)
from search_spaces.operations.registry import OPERATIONS, Operation, find_operations, operation

__all__ = [
    "BUILT_IN",
    "OPERATIONS",
    "Operation",
    "attention",
    "convolution",
    "find_operations",
    "grouped",
    "identity",
    "inception",
    "operation",
    "pooling",
    "residual",
    "separable",
]

BUILT_IN = tuple(sorted(OPERATIONS))
