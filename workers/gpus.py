"""Which GPU a worker of this machine gets, as Ray would give it."""

import math
import os
from collections.abc import Sequence

from workers.errors import ResourceError

VARIABLE = "CUDA_VISIBLE_DEVICES"


def gpus_needed(workers: int, gpus_per_worker: float) -> int:
    """Returns how many GPUs hold the workers, none of which may span two; the share is from 0 to 1."""
    return math.ceil(workers / _workers_on_one(gpus_per_worker)) if gpus_per_worker else 0


def gpu_environments(workers: int, gpus_per_worker: float) -> list[dict[str, str]]:
    """Returns what each worker's environment says of its GPU: nothing where they train on the CPU.

    Of the GPUs that this process may see itself, the first ones are taken. Raises `ResourceError` where there are fewer
    than needed.
    """
    needed = gpus_needed(workers, gpus_per_worker)
    if not needed:
        return [{} for _ in range(workers)]
    gpus = visible_gpus()
    require_resources("GPU", needed, len(gpus), "this machine")
    shared_by = _workers_on_one(gpus_per_worker)
    return [{VARIABLE: gpus[worker // shared_by]} for worker in range(workers)]


def require_resources(unit: str, needed: int, present: int, place: str) -> None:
    """Raises `ResourceError` where fewer are present than needed."""
    if needed > present:
        plural = "" if needed == 1 else "s"
        raise ResourceError(
            f"the workers need {needed} {unit}{plural}, {place} has {present}; ask for fewer workers or less for each"
        )


def visible_gpus() -> Sequence[str]:
    """Returns the GPUs of this machine that this process may use, as `CUDA_VISIBLE_DEVICES` names them."""
    import torch

    count = torch.cuda.device_count()
    named = [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]
    return named[:count] if named else [str(index) for index in range(count)]


def _workers_on_one(gpus_per_worker: float) -> int:
    return math.floor(1 / gpus_per_worker)
