"""The operations that a cell is made of, one file a family. `BUILT_IN` has the names of them all."""

from search_spaces.operations import (
    attention,
    convolution,
    dense,
    fractal,
    grouped,
    highway,
    identity,
    inception,
    mobile,
    pooling,
    residual,
    separable,
    zero,
)
from search_spaces.operations.registry import OPERATIONS, Operation, find_operations, operation

__all__ = [
    "BUILT_IN",
    "OPERATIONS",
    "Operation",
    "attention",
    "convolution",
    "dense",
    "find_operations",
    "fractal",
    "grouped",
    "highway",
    "identity",
    "inception",
    "mobile",
    "operation",
    "pooling",
    "residual",
    "separable",
    "zero",
]

BUILT_IN = tuple(sorted(OPERATIONS))
