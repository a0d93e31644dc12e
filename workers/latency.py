"""How long one forward pass of a network takes, on the device and with the threads that the worker has.

Measured before the training: the time of a forward pass depends on the layers, not on what their weights have learnt.
Float32, in evaluation mode. The median over many passes: a pass that something else on the machine came between, and
the first ones, which allocate and choose kernels, do not count. Workers that share a core or a GPU slow each other
down; compare latencies of one search only where it had its devices to itself.
"""

import time
from statistics import median

import torch
from torch import Tensor, nn

from workers.device import DeviceImages

WARM_UP_PASSES = 5
PASSES = 40
LEAST_PASSES = 5
PATIENCE_SECONDS = 2.0
"""After that long no further pass is begun, once `LEAST_PASSES` are done."""


def measure_latency(module: nn.Module, pictures: DeviceImages, batch_size: int = 1) -> float:
    """Returns the milliseconds of a forward pass of `batch_size` pictures, (B, C, H, W), normalised beforehand.

    Moves the module to the device of the pictures, as training does, and leaves it in evaluation mode; weights,
    statistics and random numbers stay as they are.
    """
    device = pictures.device
    module.to(device).to(memory_format=pictures.memory_format)  # type: ignore[call-overload]
    module.eval()
    images, _ = pictures.batch(torch.arange(batch_size, device=device) % len(pictures))
    return 1000 * median(_pass_seconds(module, images))


@torch.inference_mode()
def _pass_seconds(module: nn.Module, images: Tensor) -> list[float]:
    """Returns the seconds of each of a number of passes."""
    for _ in range(WARM_UP_PASSES):
        _time_pass(module, images)
    stop_at = time.perf_counter() + PATIENCE_SECONDS
    seconds: list[float] = []
    while len(seconds) < PASSES and (len(seconds) < LEAST_PASSES or time.perf_counter() < stop_at):
        seconds.append(_time_pass(module, images))
    return seconds


def _time_pass(module: nn.Module, images: Tensor) -> float:
    """Returns the seconds from the call to the result being there."""
    _finish(images.device)
    began = time.perf_counter()
    module(images)
    _finish(images.device)
    return time.perf_counter() - began


def _finish(device: torch.device) -> None:
    """Waits for a GPU, which works on after the call has returned."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
