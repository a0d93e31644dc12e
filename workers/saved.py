"""The state of a training after an epoch, as bytes that another process goes on from as if nothing had happened.

    SHA-256 of the rest (32 bytes) | safetensors: header with JSON, then the numbers

No pickle: reading a state runs no code. The header holds the learning curve so far and a fingerprint of all that
decides the training; a state of another training, of another version of torch, from another kind of device or with a
changed byte is not read, and the training begins at the beginning, which its epochs, counted from 1 again, show. On a
CPU with one thread what goes on from a state is, bit for bit, what would have come without it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Generator, Tensor, nn

from search_spaces.space import Space
from workers.data.images import ImageData
from workers.job import EpochMetrics, Job

LARGEST_SAVED_BYTES = 64 * 2**20
"""A larger state is not handed on: it would have to pass through the driver into the database."""

VERSION = 1
"""Of what is in a state; another one is not read."""

MOMENTUM = "momentum_buffer"
"""What `torch.optim.SGD` calls its one tensor a parameter."""

_DIGEST_BYTES = 32
_LENGTH_BYTES = 8
"""A safetensors file begins with the length of its JSON header, little-endian."""


@dataclass(frozen=True, eq=False)
class TrainingState:
    """All that the epochs to come depend on, after at least one. Tensors lie on the CPU, in C order.

    | field      | keys                            | values                                                    |
    |------------|---------------------------------|-----------------------------------------------------------|
    | weights    | those of the state dictionary   | parameters, means and variances of normalisation           |
    | momentum   | names of parameters             | as their parameter; none where the recipe has no momentum  |
    | generators | those that `snapshot` was given | (S,) uint8, what `torch.Generator.get_state` returns       |
    """

    curve: tuple[EpochMetrics, ...]
    weights: Mapping[str, Tensor]
    momentum: Mapping[str, Tensor]
    generators: Mapping[str, Tensor]

    @property
    def bytes(self) -> int:
        """Of all tensors."""
        return sum(tensor.nbytes for part in self.parts().values() for tensor in part.values())

    def parts(self) -> dict[str, Mapping[str, Tensor]]:
        """Returns the three kinds of tensors under their names."""
        return {"weights": self.weights, "momentum": self.momentum, "generators": self.generators}


def snapshot(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    generators: Mapping[str, Generator],
    curve: tuple[EpochMetrics, ...],
) -> TrainingState:
    """Returns a copy of the state of a training that is between two epochs."""
    kept = {name: optimizer.state[value].get(MOMENTUM) for name, value in module.named_parameters()}
    return TrainingState(
        curve,
        {name: _copied(value) for name, value in module.state_dict().items()},
        {name: _copied(value) for name, value in kept.items() if value is not None},
        {name: generator.get_state() for name, generator in generators.items()},
    )


def restore(
    state: TrainingState,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    generators: Mapping[str, Generator],
) -> None:
    """Puts the state into a training that has not begun; all stays on its device and in its order of numbers."""
    module.load_state_dict(dict(state.weights))
    for name, value in module.named_parameters():
        if name in state.momentum:
            # In the parameter's memory order: in another one a few operations of torch round otherwise.
            optimizer.state[value][MOMENTUM] = torch.empty_like(value.detach()).copy_(state.momentum[name])
    for name, generator in generators.items():
        generator.set_state(state.generators[name])


def fingerprint(job: Job, space: Space, data: ImageData, module: nn.Module, device: str) -> str:
    """Returns a SHA-256, in hex, over what decides a training: a state goes on only where it was made for the same."""
    shapes = [(name, tuple(value.shape)) for name, value in module.state_dict().items()]
    decided = {
        "version": VERSION,
        "torch": torch.__version__,
        "device": torch.device(device).type,  # a GPU's random numbers are not a CPU's
        "architecture": str(job.architecture),
        "settings": dict(space.settings),
        "shapes": shapes,
        "recipe": asdict(job.recipe),
        "seed": job.seed,
        "timing": str(job.timing),
        "data": data.fingerprint,
    }
    return hashlib.sha256(json.dumps(decided, sort_keys=True, default=str).encode()).hexdigest()


def pack(state: TrainingState, mark: str, latency_ms: float | None = None) -> bytes:
    """Returns the state as bytes. `mark` is its fingerprint; `latency_ms`, measured before, need not be again."""
    record = {"mark": mark, "latency_ms": latency_ms, "curve": [asdict(point) for point in state.curve]}
    tensors = {
        f"{kind}/{name}": tensor for kind, part in state.parts().items() for name, tensor in part.items()
    }
    body: bytes = save(tensors, metadata={"training": json.dumps(record, allow_nan=False)})
    return hashlib.sha256(body).digest() + body


def unpack(saved: bytes, mark: str) -> tuple[TrainingState, float | None] | None:
    """Returns the state and the latency that `pack` was given; None for any other bytes or another `mark`."""
    body = saved[_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != saved[:_DIGEST_BYTES]:
        return None
    record = _record(body)
    if record["mark"] != mark:
        return None
    parts: dict[str, dict[str, Tensor]] = {"weights": {}, "momentum": {}, "generators": {}}
    for key, tensor in load(body).items():
        kind, _, name = key.partition("/")
        parts[kind][name] = tensor
    curve = tuple(EpochMetrics(**point) for point in record["curve"])
    return TrainingState(curve, **parts), record["latency_ms"]


def _record(body: bytes) -> dict[str, Any]:
    header_end = _LENGTH_BYTES + int.from_bytes(body[:_LENGTH_BYTES], "little")
    record: dict[str, Any] = json.loads(
        json.loads(body[_LENGTH_BYTES:header_end])["__metadata__"]["training"]
    )
    return record


def _copied(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
