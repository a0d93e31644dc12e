"""The saved state of a strategy: one JSON record and any number of tensors in one safetensors file. Never a pickle.

Torch, which takes seconds to import, is imported for a state that has tensors.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from safetensors import SafetensorError, deserialize, serialize

from nas.errors import StorageError

if TYPE_CHECKING:
    from torch import Tensor

_KEY = "strategy"
_Value = TypeVar("_Value")
_LENGTH_BYTES = 8
"""A safetensors file begins with the length of its JSON header, little-endian."""


class _Kept(dict[str, _Value]):
    """What a state holds by name; what it lacks is a fault of the state, not of who asks for it."""

    def __init__(self, strategy: str, kept: Mapping[str, _Value]) -> None:
        super().__init__(kept)
        self._strategy = strategy

    def __missing__(self, key: str) -> _Value:
        raise StorageError(
            f"state of strategy {self._strategy!r}: expected {key!r} in it, "
            f"got {', '.join(sorted(self)) or 'nothing'}; another version has written it"
        )


def pack(strategy: str, record: Mapping[str, object], tensors: "Mapping[str, Tensor] | None" = None) -> bytes:
    """Returns the state of `strategy`; `record` is plain JSON. Floats come back bit for bit."""
    text = json.dumps({"strategy": strategy, **record}, sort_keys=True, allow_nan=False)
    if not tensors:
        return bytes(serialize({}, metadata={_KEY: text}))
    from safetensors.torch import save

    return save(dict(tensors), metadata={_KEY: text})


def unpack(strategy: str, state: bytes) -> "tuple[dict[str, Any], dict[str, Tensor]]":
    """Returns the record and the tensors that `pack` was given; raises `StorageError` for any other bytes.

    Both raise `StorageError` too where they are asked for what they do not have.
    """
    try:
        tensors = _tensors(state)
        header_end = _LENGTH_BYTES + int.from_bytes(state[:_LENGTH_BYTES], "little")
        record = json.loads(json.loads(state[_LENGTH_BYTES:header_end])["__metadata__"][_KEY])
        written_by = record.pop("strategy")
    except (SafetensorError, ValueError, KeyError) as error:
        raise StorageError(
            f"state of strategy {strategy!r}: expected what its `save` returned, got {len(state)} other bytes ({error})"
        ) from error
    if written_by != strategy:
        raise StorageError(f"state of strategy {strategy!r}: expected its own, got one of {written_by!r}")
    return _Kept(strategy, record), _Kept(strategy, tensors)


def _tensors(state: bytes) -> "dict[str, Tensor]":
    if not deserialize(state):  # type: ignore[no-untyped-call]
        return {}
    from safetensors.torch import load

    return load(state)
